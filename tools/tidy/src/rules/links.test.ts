import { expect, test } from 'vitest';
import { createTree } from '../tree.ts';
import { linksRule } from './links.ts';

const check = (page: string) =>
  linksRule.check(createTree({ 'docs/howto/page.md': page, 'packages/a/src/x.ts': '' }));

test('links and paths to what exists pass, also to a directory and to an anchor', () => {
  const page =
    '[x](../../packages/a/src/x.ts) [self](page.md#part) `packages/a/` `packages/a/src/x.ts`';
  expect(check(page)).toEqual([]);
});

test('a dead link and a dead path are found', () => {
  expect(check('[x](gone.md)\n`packages/a/src/gone.ts`')).toEqual([
    {
      path: 'docs/howto/page.md',
      line: 1,
      message: 'points at docs/howto/gone.md, which does not exist',
    },
    {
      path: 'docs/howto/page.md',
      line: 2,
      message: 'points at packages/a/src/gone.ts, which does not exist',
    },
  ]);
});

test('URLs, anchors and placeholders are not paths', () => {
  expect(check('[x](https://example.org/a) [y](#part) `services/<name>/src`')).toEqual([]);
});
