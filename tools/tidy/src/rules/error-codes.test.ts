import { expect, test } from 'vitest';
import { createTree } from '../tree.ts';
import { errorCodesRule } from './error-codes.ts';

const check = (table: string, raiser = `throw error('kafka.too-large');`) =>
  errorCodesRule.check(
    createTree({
      'packages/contracts/src/error-codes.ts': `export const errorCodes = { ${table} };`,
      'packages/kafka/src/x.ts': raiser,
    }),
  );

const entry = `'kafka.too-large': { summary: 'S.', cause: 'C.', remedy: 'Do ' + 'this.' },`;

test('a code that is documented and raised passes', () => {
  expect(check(entry)).toEqual([]);
});

test('a code that nothing raises is found', () => {
  expect(check(entry, '')).toMatchObject([
    { line: 1, message: expect.stringContaining('nothing raises') },
  ]);
});

test('a code that only a test names is not raised', () => {
  const tree = createTree({
    'packages/contracts/src/error-codes.ts': `export const errorCodes = { ${entry} };`,
    'packages/kafka/src/x.test.ts': `expect(code).toBe('kafka.too-large');`,
  });
  expect(errorCodesRule.check(tree)).toHaveLength(1);
});

test('a missing remedy and an empty cause are found', () => {
  const poor = `'kafka.too-large': { summary: 'S.', cause: '' },`;
  expect(check(poor).map(({ message }) => message)).toEqual([
    'kafka.too-large needs a cause that is a sentence',
    'kafka.too-large needs a remedy that is a sentence',
  ]);
});

test('a code without an area is found', () => {
  const bad = entry.replace('kafka.', '');
  expect(check(bad, `'too-large'`)).toMatchObject([{ message: expect.stringContaining('<area>') }]);
});
