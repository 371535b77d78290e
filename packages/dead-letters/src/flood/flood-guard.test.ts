import { expect, test } from 'vitest';
import { createFloodGuard } from './flood-guard.ts';

const limits = { share: 0.5, records: 100 };

test('a single bad record is none, nor are few in a row', () => {
  const guard = createFloodGuard(limits);
  expect(guard.isFlood(1, 1)).toBe(false);
  expect(guard.isFlood(99, 99)).toBe(false);
  for (let n = 0; n < 1000; n += 1) guard.passed(0, 1);
  expect(guard.isFlood(1, 1)).toBe(false);
});

test('a batch of which more than the share is bad is one; of which just the share is, none', () => {
  const guard = createFloodGuard(limits);
  expect(guard.isFlood(50, 100)).toBe(false);
  expect(guard.isFlood(51, 100)).toBe(true);
});

test('bad records that come one by one are one once most of the newest are bad', () => {
  const guard = createFloodGuard(limits);
  for (let n = 0; n < 500; n += 1) guard.passed(0, 1);
  let passed = 0;
  while (!guard.isFlood(1, 1)) {
    guard.passed(1, 1);
    passed += 1;
  }
  expect(passed).toBe(50);
});

test('after a repair good records pass at once, and a bad one among them too', () => {
  const guard = createFloodGuard(limits);
  guard.passed(99, 99);
  expect(guard.isFlood(1, 1)).toBe(true);
  expect(guard.isFlood(0, 10)).toBe(false);
  expect(guard.isFlood(1, 10)).toBe(false);
});

test('a large good batch makes up for what was bad before it', () => {
  const guard = createFloodGuard(limits);
  guard.passed(90, 90);
  guard.passed(0, 10_000);
  expect(guard.isFlood(1, 1)).toBe(false);
});

test('a share of 1 is never a flood', () => {
  expect(createFloodGuard({ share: 1, records: 1 }).isFlood(1000, 1000)).toBe(false);
});
