import { expect, test } from 'vitest';
import { createTree } from '../tree.ts';
import { importCyclesRule } from './import-cycles.ts';

test('a circle of three files is found once, with its way', () => {
  const bad = createTree({
    'a/one.ts': `import './two.ts';`,
    'a/two.ts': `import type { X } from '../a/three.ts';`,
    'a/three.ts': `export { y } from './one.ts';`,
  });
  expect(importCyclesRule.check(bad)).toEqual([
    { path: 'a/one.ts', message: 'a/one.ts → a/two.ts → a/three.ts → a/one.ts' },
  ]);
});

test('two files that import the same third are no circle', () => {
  const good = createTree({
    'one.ts': `import './two.ts'; import './three.ts';`,
    'two.ts': `import './three.ts';`,
    'three.ts': '',
  });
  expect(importCyclesRule.check(good)).toEqual([]);
});
