import { expect, test } from 'vitest';
import { createTree } from '../tree.ts';
import { reachablePagesRule } from './reachable-pages.ts';

const orphans = (files: Readonly<Record<string, string>>) =>
  reachablePagesRule.check(createTree(files)).map(({ path }) => path);

test('a page that only itself names is an orphan', () => {
  expect(orphans({ 'README.md': '', 'docs/a.md': '[a](a.md)' })).toEqual(['docs/a.md']);
});

test('a link to the page, to an anchor in it or to its folder leads there', () => {
  expect(
    orphans({
      'README.md': '[a](docs/a.md) [b](docs/b.md#part) [c](packages/c/)',
      'docs/a.md': '',
      'docs/b.md': '',
      'packages/c/README.md': '',
    }),
  ).toEqual([]);
});

test('runbooks are led to by alerts; other Markdown is no page', () => {
  expect(orphans({ 'docs/runbooks/X.md': '', 'tests/bench/README.md': '' })).toEqual([]);
});
