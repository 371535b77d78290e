import { expect, test } from 'vitest';
import { createTree } from '../tree.ts';
import { lockfileRule } from './lockfile.ts';

const check = (packages: object) =>
  lockfileRule.check(createTree({ 'package-lock.json': JSON.stringify({ packages }) }));

const biome = {
  optionalDependencies: { 'cli-darwin': '1.0.0' },
  dependencies: { semver: '1.0.0' },
};

test('a package of another platform without an entry is found', () => {
  const packages = { 'node_modules/biome': biome, 'node_modules/semver': {} };
  expect(check(packages)).toEqual([
    {
      path: 'package-lock.json',
      message: 'node_modules/biome needs cli-darwin; it has no entry',
    },
  ]);
});

test('an entry is found nested, and in each directory above', () => {
  const deep = 'packages/a/node_modules/biome';
  const packages = {
    [deep]: biome,
    [`${deep}/node_modules/cli-darwin`]: {},
    'node_modules/semver': {},
  };
  expect(check(packages)).toEqual([]);
});
