import { expect, test } from 'vitest';
import { createTree } from '../tree.ts';
import { manifestsRule } from './manifests.ts';

const good = { name: '@millrace/a', description: 'One.', license: 'Apache-2.0', type: 'module' };

const check = (over: object) =>
  manifestsRule.check(
    createTree({ 'packages/a/package.json': JSON.stringify({ ...good, ...over }) }),
  );

test('a complete manifest passes', () => {
  expect(check({ dependencies: { pg: '8.0.0', db: '26.7.3-stable.1' } })).toEqual([]);
});

test('a version range is found', () => {
  expect(check({ dependencies: { pg: '^8.0.0' } })).toEqual([
    { path: 'packages/a/package.json', message: 'pg is "^8.0.0"; pin one exact version' },
  ]);
});

test('a wrong name, licence, type or description is found', () => {
  const bad = { name: 'a', description: 'no sentence', license: 'MIT', type: 'commonjs' };
  expect(check(bad)).toHaveLength(4);
});
