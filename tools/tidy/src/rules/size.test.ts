import { expect, test } from 'vitest';
import { createTree } from '../tree.ts';
import { sizeRule } from './size.ts';

const lines = (count: number, text = 'work();'): string => `${text}\n`.repeat(count);

test('a file past 400 lines is found, one of 400 is not', () => {
  const tree = createTree({ 'a.ts': lines(401), 'b.ts': lines(400) });
  expect(sizeRule.check(tree)).toEqual([
    { path: 'a.ts', message: '401 lines; a file ends at 400' },
  ]);
});

test('a function past 70 lines is found by name', () => {
  const tree = createTree({ 'a.ts': `export const run = () => {\n${lines(70)}};\n` });
  expect(sizeRule.check(tree)).toMatchObject([
    { line: 1, message: expect.stringMatching(/^run has 72 lines/) },
  ]);
});

test('a factory is not charged for its closures', () => {
  const closure = `  const step = () => {\n${lines(40)}  };\n`;
  const tree = createTree({ 'a.ts': `function make() {\n${closure}${closure}}\n` });
  expect(sizeRule.check(tree)).toEqual([]);
});
