import { posix } from 'node:path';
import type { Finding, Rule } from '../rule.ts';

/** Every page of the documentation is led to by another one; whether the anchor is there, tools/docs tests. */
const link = /\]\((?![a-z]+:|#)([^)\s#]+)/g;

export const reachablePagesRule: Rule = {
  name: 'reachable-pages',
  why: 'A page that no other page leads to is found by nobody who needs it.',
  check: (tree) => {
    const markdown = tree.files.filter(({ path }) => path.endsWith('.md'));
    const reached = new Set(
      markdown.flatMap(({ path, text }) =>
        [...text.matchAll(link)]
          .map(([, target = '']) => posix.join(posix.dirname(path), target).replace(/\/$/, ''))
          .filter((target) => target !== path)
          .flatMap((target) => [target, `${target}/README.md`]),
      ),
    );
    return markdown
      .filter(({ path }) => isPage(path) && !reached.has(path))
      .map(
        ({ path }): Finding => ({ path, message: 'is an orphan: no other page has a link to it' }),
      );
  },
};

/** Of the documentation. A runbook is led to by its alert. */
const isPage = (path: string): boolean =>
  /^(docs\/|(services|packages)\/[^/]+\/README\.md$)/.test(path) &&
  !path.startsWith('docs/runbooks/');
