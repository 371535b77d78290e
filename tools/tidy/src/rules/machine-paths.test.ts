import { expect, test } from 'vitest';
import { createTree } from '../tree.ts';
import { machinePathsRule } from './machine-paths.ts';

const check = (path: string, text: string) => machinePathsRule.check(createTree({ [path]: text }));
/** Assembled here, because this file is searched as well. */
const absolute = (...segments: string[]): string => ['', ...segments].join('/');

test('a path of one machine is found in any text file', () => {
  const path = absolute('home', 'ada', 'project');
  expect(check('docs/a.md', `see ${path}/x`)).toEqual([
    { path: 'docs/a.md', line: 1, message: `names ${path.replace('/project', '')}` },
  ]);
  expect(check('a.ts', `const x = '${absolute('tmp', 'x')}';`)).toHaveLength(1);
});

test('a path outside the repository is found', () => {
  expect(check('docs/a.md', `see ${['..', 'shared', 'x'].join('/')}`)).toHaveLength(1);
});

test('URLs and relative paths are not', () => {
  expect(check('a.md', 'https://example.org/home/page and ./tmp/x and packages/home/x')).toEqual(
    [],
  );
});

test('a lockfile that names the registry it was made from is found', () => {
  const entry = '"resolved": "https://mirror.example.org/pg/-/pg-8.0.0.tgz"';
  expect(check('package-lock.json', entry)).toHaveLength(1);
  expect(check('package-lock.json', '"resolved": "packages/kafka"')).toEqual([]);
});
