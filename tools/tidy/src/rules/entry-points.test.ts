import { expect, test } from 'vitest';
import { createTree } from '../tree.ts';
import { entryPointsRule } from './entry-points.ts';

const check = (files: Record<string, string>) =>
  entryPointsRule.check(
    createTree({
      'packages/a/package.json': '{"name":"@millrace/a"}',
      'packages/b/package.json': '{"name":"@millrace/b"}',
      ...files,
    }),
  );

test('a package index may pass on by name, no other file may, and nobody by star', () => {
  const passOn = `export { x } from './x.ts';`;
  expect(check({ 'packages/a/src/index.ts': passOn })).toEqual([]);
  expect(check({ 'packages/a/src/inner/index.ts': passOn })).toHaveLength(1);
  expect(check({ 'packages/a/src/index.ts': `export * from './x.ts';` })).toHaveLength(1);
});

test('a relative path into another package is found', () => {
  const files = { 'packages/a/src/x.ts': `import '../../b/src/y.ts';` };
  expect(check(files)).toMatchObject([{ message: 'reaches into packages/b; import @millrace/b' }]);
});

test('a subpath of another package is found', () => {
  expect(check({ 'packages/a/src/x.ts': `import '@millrace/b/src/y.ts';` })).toHaveLength(1);
  expect(check({ 'packages/a/src/x.ts': `import '@millrace/b';` })).toEqual([]);
});
