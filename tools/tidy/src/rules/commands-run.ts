import type { Finding, Rule } from '../rule.ts';
import type { TreeFile } from '../tree.ts';

/**
 * Every block of shell in the documentation says whether a test carries it out, in a comment right above it or, for a
 * whole page, in `<!-- page: … -->`:
 *
 *     run                      by tests/long/pages-run.test.ts: the blocks of a page in order, in a fresh project
 *     run; exit 1 of "npx millrace status": why; exit …
 *                              the same; commands that begin so end with that code there, all others with 0; `"…" where it says "bad"` is
 *                              for what hangs on the machine: with that word in what it prints they end so, without it with 0
 *     run until stopped        by the same: each line until it is seen to work, then it is stopped, which it has to do in order
 *     run by tests/x.test.ts   by a test of its own, which names the page
 *     checked: why             not carried out, since none of `reasons` can be had where tests run; what it names is held against
 *                              what there is (tools/docs/src/commands)
 */
export const commandsRunRule: Rule = {
  name: 'commands-run',
  why: 'A command that nobody ran is wrong sooner or later, and its reader finds out.',
  check: (tree) =>
    tree.files
      .filter(({ path }) => isPage(path))
      .flatMap((page) =>
        blocks(page).flatMap((block) => judge(block, page, (path) => tree.text(path))),
      ),
};

/** Why a block is not carried out where tests run: how its mark goes on behind `checked: `. Whoever adds one says what none of the others says. */
const reasons: readonly string[] = [
  'there is no Docker',
  'there is no registry of images',
  'installs everything, or runs every test',
];

const ran = /^run(?:; exit [1-9]\d* of "[^"]+"(?: where it says "\w+")?: .+)?$/;

const isPage = (path: string): boolean =>
  /^((README|CONTRIBUTING)\.md|docs\/.+\.md|(services|packages)\/[^/]+\/README\.md)$/.test(path);

const comment = /^\s*<!--\s*(.*?)\s*-->\s*$/;

interface Block {
  readonly line: number;
  readonly mark?: string;
}

function blocks({ text }: TreeFile): readonly Block[] {
  const lines = text.split('\n');
  const page = lines.map((line) => /^<!--\s*page: (.*?)\s*-->\s*$/.exec(line)?.[1]).find(Boolean);
  const found: Block[] = [];
  let above: string | undefined;
  let inside = false;
  for (const [index, line] of lines.entries()) {
    const fence = /^\s*(?:```|~~~)\s*(\S*)/.exec(line);
    if (fence !== null && !inside && ['sh', 'bash'].includes(fence[1] ?? '')) {
      const mark = above ?? page;
      found.push({ line: index + 1, ...(mark === undefined ? {} : { mark }) });
    }
    if (fence !== null) inside = !inside;
    if (line.trim() !== '') above = comment.exec(line)?.[1];
  }
  return found;
}

function judge(
  { line, mark }: Block,
  { path }: TreeFile,
  read: (path: string) => string | undefined,
): Finding[] {
  const finding = (message: string) => [{ path, line, message }];
  if (ran.test(mark ?? '') || mark === 'run until stopped') return [];
  const reason = /^checked: (.*)$/.exec(mark ?? '')?.[1];
  if (reason !== undefined)
    return reasons.includes(reason)
      ? []
      : finding(`"${reason}" is no reason; there are: ${reasons.join(', ')}`);
  const test = /^run by (\S+\.test\.ts)$/.exec(mark ?? '')?.[1];
  if (test === undefined)
    return finding(
      'does not say whether a test runs it: <!-- run -->, <!-- run until stopped -->, <!-- run by tests/x.test.ts --> or <!-- checked: why -->',
    );
  const text = read(test);
  if (text === undefined) return finding(`is run by ${test}, which does not exist`);
  const name = path.split('/').slice(-2).join('/');
  return text.includes(path) || text.includes(name) || text.includes(`'${path.split('/').at(-1)}'`)
    ? []
    : finding(`is run by ${test}, which does not name the page`);
}
