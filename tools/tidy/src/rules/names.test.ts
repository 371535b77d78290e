import { expect, test } from 'vitest';
import { createTree } from '../tree.ts';
import { namesRule } from './names.ts';

test('drawers are found as files and as directories', () => {
  const bad = createTree({ 'packages/a/src/utils.ts': '', 'packages/a/src/types/x.ts': '' });
  expect(namesRule.check(bad).map(({ message }) => message)).toEqual([
    '"types" is a drawer',
    '"utils" is a drawer',
  ]);
});

test('a name that only contains such a word is fine, and so is a test of it', () => {
  const good = createTree({ 'a/avro-types.ts': '', 'a/type-mapping.stack.test.ts': '' });
  expect(namesRule.check(good)).toEqual([]);
});

test('camelCase and PascalCase files are found', () => {
  const bad = createTree({ 'a/readFile.ts': '', 'a/Reader.ts': '' });
  expect(namesRule.check(bad)).toHaveLength(2);
});
