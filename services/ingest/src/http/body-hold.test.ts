import { expect, test } from 'vitest';
import { createByteBudget } from '../byte-budget.ts';
import { heldPerBodyByte, heldPerEventBytes, heldPerRequestBytes, holdBody } from './body-hold.ts';

const bodyBytesMax = 100_000;
const hold = (headers: Record<string, string>, budgetBytes = 1_000_000) => {
  const budget = createByteBudget(budgetBytes);
  const held = holdBody(budget, budget, headers, bodyBytesMax);
  return { budget, held: held! };
};

test('a body counts as the memory that it will hold, before a byte of it is read, and its events once they are known', () => {
  const { budget, held } = hold({ 'content-length': '10000' });
  const body = heldPerRequestBytes + 10_000 * heldPerBodyByte;
  expect(budget.used()).toBe(body);
  held.handled(10_000);
  expect(budget.used()).toBe(body);
  held.grow(5_000);
  held.events(60);
  expect(budget.used()).toBe(body + 5_000 * heldPerBodyByte + 60 * heldPerEventBytes);
  held.release();
  expect(budget.used()).toBe(0);
});

test('events count beyond the budget, so that nobody else is let in before they are gone', () => {
  const { budget, held } = hold({ 'content-length': '1000' }, 20_000);
  held.handled(1_000);
  held.events(100);
  expect(budget.used()).toBeGreaterThan(20_000);
  expect(budget.take(1)).toBe(false);
  held.release();
  expect(budget.used()).toBe(0);
});

test('a chunked body is held as it comes, as far as there is room', () => {
  const { budget, held } = hold({ 'transfer-encoding': 'chunked' }, 100_000);
  expect(budget.used()).toBe(heldPerRequestBytes);
  expect(held.came(10_000)).toBe(true);
  expect(budget.used()).toBe(heldPerRequestBytes + 10_000 * heldPerBodyByte);
  budget.take(50_000);
  expect(held.came(10_000)).toBe(false);
  held.handled(10_000);
  expect(budget.used()).toBe(50_000 + heldPerRequestBytes + 10_000 * heldPerBodyByte);
});

test('a body whose length was announced has its room while it comes', () => {
  const { budget, held } = hold({ 'content-length': '10000' });
  const announced = budget.used();
  expect(held.came(10_000)).toBe(true);
  expect(budget.used()).toBe(announced);
});

test('a body that is alone goes on beyond the budget, and nobody else is let in meanwhile', () => {
  const { budget, held } = hold({ 'transfer-encoding': 'chunked' }, 20_000);
  expect(held.came(50_000)).toBe(true);
  expect(budget.take(1)).toBe(false);
  held.release();
  expect(budget.used()).toBe(0);
});

test('a client that leaves before its body is there gives its bytes back; one that leaves later does not', () => {
  const early = hold({ 'content-length': '1000' });
  early.held.left();
  expect(early.budget.used()).toBe(0);
  const late = hold({ 'content-length': '1000' });
  late.held.handled(1000);
  late.held.left();
  expect(late.budget.used()).toBeGreaterThan(0);
});
