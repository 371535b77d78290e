import { posix } from 'node:path';
import type { Finding, Rule } from '../rule.ts';
import type { Tree, TreeFile } from '../tree.ts';

/** Markdown's [text](target), without absolute URLs and anchors within the page. */
const link = /\]\((?![a-z]+:|#)([^)\s#]+)(?:#[^)\s]*)?\)/g;
/** `packages/kafka/src/producer.ts` in backticks: a path from the root, without placeholders. */
const path = /`((?:packages|services|tests|tools|docs|schemas|charts|\.ci)\/[\w@.\-/]+)`/g;

export const linksRule: Rule = {
  name: 'links',
  why: 'A page that points at a file which is gone sends its reader away for nothing.',
  check: (tree) =>
    tree.files.filter((file) => file.path.endsWith('.md')).flatMap((file) => checkPage(tree, file)),
};

const checkPage = (tree: Tree, page: TreeFile): Finding[] =>
  page.text.split('\n').flatMap((text, index) => {
    const targets = [
      ...[...text.matchAll(link)].map(([, target = '']) =>
        posix.join(posix.dirname(page.path), target),
      ),
      ...[...text.matchAll(path)].map(([, target = '']) => target),
    ];
    return [...new Set(targets)]
      .filter((target) => !tree.exists(target))
      .map((target) => ({
        path: page.path,
        line: index + 1,
        message: `points at ${target}, which does not exist`,
      }));
  });
