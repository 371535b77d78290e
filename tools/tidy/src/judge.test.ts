import { expect, test } from 'vitest';
import { judge } from './judge.ts';
import type { Rule } from './rule.ts';
import { createTree } from './tree.ts';

const rule: Rule = {
  name: 'no-files',
  why: 'Nothing may be there.',
  check: (tree) => tree.files.map(({ path }) => ({ path, message: 'is there' })),
};
const tree = createTree({ 'a.txt': '', 'b.txt': '' });
const excepted = { rule: 'no-files', path: 'a.txt', reason: 'it was first' };

const paths = (exceptions: Parameters<typeof judge>[2]): string[] =>
  judge(tree, [rule], exceptions).flatMap(({ findings }) => findings.map(({ path }) => path));

test('an exception takes away the finding it names and no other', () => {
  expect(paths([excepted])).toEqual(['b.txt']);
  expect(paths([{ ...excepted, about: 'something else' }])).toEqual(['a.txt', 'b.txt', 'a.txt']);
});

test('an exception that excepts nothing is a finding itself', () => {
  expect(paths([{ ...excepted, path: 'gone.txt' }])).toEqual(['a.txt', 'b.txt', 'gone.txt']);
});
