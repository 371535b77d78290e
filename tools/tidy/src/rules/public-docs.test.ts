import { expect, test } from 'vitest';
import { createTree } from '../tree.ts';
import { publicDocsRule } from './public-docs.ts';

const check = (text: string) =>
  publicDocsRule.check(
    createTree({
      'packages/a/src/index.ts': `export { run, walk } from './run.ts';`,
      'packages/a/src/run.ts': text,
    }),
  );

test('a public function without a docstring is found, in both forms', () => {
  expect(check('export function run() {}\nexport const walk = () => 1;')).toEqual([
    { path: 'packages/a/src/run.ts', line: 1, message: 'run is public and has no docstring' },
    { path: 'packages/a/src/run.ts', line: 2, message: 'walk is public and has no docstring' },
  ]);
});

test('a docstring right above is enough; a function the index keeps inside needs none', () => {
  expect(check('/** Runs. */\nexport function run() {}\nexport function inner() {}')).toEqual([]);
});
