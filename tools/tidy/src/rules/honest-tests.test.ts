import { expect, test } from 'vitest';
import { createTree } from '../tree.ts';
import { honestTestsRule } from './honest-tests.ts';

const check = (text: string) => honestTestsRule.check(createTree({ 'a.test.ts': text }));

test.each([
  [`test.only('x', () => {});`],
  [`describe.skip('x', () => {});`],
  [`it.todo('x');`],
  [`vi.mock('./kafka.ts');`],
  [`await new Promise((resolve) => setTimeout(resolve, 100));`],
  [`await setTimeout(100);`],
  [`await sleep(100);`],
  [`await vi.waitFor(() => expect(seen).toBe(1));`],
])('%s is found', (text) => {
  expect(check(text)).toHaveLength(1);
});

test.each([
  [`test.skipIf(process.platform === 'win32')('x', () => {});`],
  [`test.each([1])('x', () => {});`],
  [`await clock.sleep(100);`],
  [`await vi.waitFor(() => expect(seen).toBe(1), { timeout: 60_000 });`],
  [`const timer = setTimeout(() => reject(new Error('late')), 100);`],
])('%s is fine', (text) => {
  expect(check(text)).toEqual([]);
});
