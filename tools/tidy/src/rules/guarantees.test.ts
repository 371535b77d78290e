import { expect, test } from 'vitest';
import { createTree } from '../tree.ts';
import { guaranteesRule } from './guarantees.ts';

const check = (page: string) =>
  guaranteesRule.check(createTree({ 'docs/guarantees.md': page, 'tests/failures/x.test.ts': '' }));

const messages = (page: string): string[] => check(page).map(({ message }) => message);

test('a promise that names an existing test passes, as text or as a link', () => {
  expect(check('**G1.** A 202 means acked.\nEnforced by `tests/failures/x.test.ts`.')).toEqual([]);
  expect(check('### G1. Acked\n[x](../tests/failures/x.test.ts)')).toEqual([]);
});

test('a promise without a test is found, although the next one has it', () => {
  const page = '**G1.** Hope.\n\n**G2.** Acked: `tests/failures/x.test.ts`.';
  expect(messages(page)).toEqual(['G1 names no test']);
});

test('a test that does not exist is found', () => {
  expect(messages('G1 `tests/failures/gone.test.ts`')).toEqual([
    'G1 names tests/failures/gone.test.ts, which does not exist',
  ]);
});

test('numbers that skip or repeat are found', () => {
  const page = '**G1.** `tests/failures/x.test.ts`\n**G3.** `tests/failures/x.test.ts`';
  expect(messages(page)).toEqual([expect.stringContaining('G3 is out of order')]);
});

test('a page without promises and a missing page are found', () => {
  expect(check('# Guarantees')).toHaveLength(1);
  expect(guaranteesRule.check(createTree({}))).toHaveLength(1);
});
