import { expect, test } from 'vitest';
import { createDeliveredTransactions } from './delivered-transactions.ts';

test('the last 65,536 transactions are known, older ones are forgotten', () => {
  const delivered = createDeliveredTransactions();
  expect([delivered.has(0), delivered.has(1)]).toEqual([false, false]);
  for (let id = 1; id <= 65_537; id++) delivered.add(id);
  expect([delivered.has(1), delivered.has(2), delivered.has(65_537)]).toEqual([false, true, true]);
});
