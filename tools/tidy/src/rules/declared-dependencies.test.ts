import { expect, test } from 'vitest';
import { createTree } from '../tree.ts';
import { declaredDependenciesRule } from './declared-dependencies.ts';

const tree = (manifest: object, files: Record<string, string>) =>
  createTree({
    'packages/a/package.json': JSON.stringify({ name: '@millrace/a', ...manifest }),
    ...files,
  });

test('an import that package.json does not declare is found', () => {
  const bad = tree({}, { 'packages/a/src/x.ts': `import pg from 'pg';` });
  expect(declaredDependenciesRule.check(bad)).toMatchObject([
    { path: 'packages/a/src/x.ts', line: 1, message: expect.stringContaining('not declared') },
  ]);
});

test('a devDependency is for tests only', () => {
  const bad = tree(
    { devDependencies: { 'fast-check': '1.0.0' } },
    {
      'packages/a/src/x.ts': `import fc from 'fast-check';`,
      'packages/a/src/x.test.ts': `import fc from 'fast-check';`,
    },
  );
  expect(declaredDependenciesRule.check(bad)).toMatchObject([
    { path: 'packages/a/src/x.ts', message: expect.stringContaining('no test') },
  ]);
});

test('what no deployment runs takes its imports from devDependencies', () => {
  const manifest = JSON.stringify({ name: '@millrace/stack', devDependencies: { pg: '8.0.0' } });
  const files = (path: string) =>
    createTree({ 'packages/stack/package.json': manifest, [path]: `import pg from 'pg';` });
  const found = (path: string) => declaredDependenciesRule.check(files(path)).length;
  expect(found('packages/stack/src/embedded/x.ts')).toBe(0);
  expect(found('packages/stack/src/x.ts')).toBe(1);
});

test('a dependency that nobody imports is found', () => {
  const bad = tree({ dependencies: { pg: '8.0.0' } }, { 'packages/a/src/x.ts': '' });
  expect(declaredDependenciesRule.check(bad)).toMatchObject([
    { path: 'packages/a/package.json', message: expect.stringContaining('nothing in packages/a') },
  ]);
});

test('deep imports, resolved paths, type packages and Node itself need nothing more', () => {
  const good = tree(
    { dependencies: { pg: '8.0.0', data: '1.0.0' }, devDependencies: { '@types/pg': '8.0.0' } },
    {
      'packages/a/src/x.ts': `import { Pool } from 'pg/lib/index.js';
        import { join } from 'node:path';
        export const path = import.meta.resolve('data/flights.csv');`,
      'packages/a/src/x.test.ts': `import { test } from 'vitest';`,
    },
  );
  expect(declaredDependenciesRule.check(good)).toEqual([]);
});
