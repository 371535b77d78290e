import { createManualClock } from '@millrace/testkit';
import { expect, test } from 'vitest';
import { createByteBudget } from '../byte-budget.ts';
import { createAccounts } from './accounts.ts';

const MB = 1024 * 1024;

const setUp = (accountsMax = 100, doors = () => 1) => {
  const clock = createManualClock(Date.parse('2026-11-27T23:59:00Z'));
  const budget = createByteBudget(30 * MB);
  const accounts = createAccounts({
    budget,
    queueBytesMax: 30 * MB,
    burstSeconds: 2,
    nowMs: clock.nowMs,
    wallMs: clock.nowMs,
    doors,
    accountsMax,
  });
  return { clock, budget, accounts };
};

test('requests pass by burst and rate, and a client that waits for Retry-After gets in', async () => {
  const { clock, accounts } = setUp();
  const account = accounts.of('a', { limits: { requests: 2 } });
  for (let taken = 0; taken < 4; taken += 1) expect(account.takeRequest()).toBeUndefined();
  const excess = account.takeRequest();
  expect(excess).toMatchObject({ code: 'ingest.rate-exceeded', retryAfterSeconds: 1 });
  expect(excess?.message).toContain('2 requests a second');
  await clock.advance(1000);
  expect(account.takeRequest()).toBeUndefined();
});

test('events and bytes are charged afterwards: the next request waits until the debt is paid', async () => {
  const { clock, accounts } = setUp();
  const account = accounts.of('a', { limits: { events: 100, bytes: 1000 } });
  expect(account.takeRequest()).toBeUndefined();
  account.charge(1000, 10);
  const excess = account.takeRequest();
  expect(excess).toMatchObject({ retryAfterSeconds: 9 });
  await clock.advance(8000);
  expect(account.takeRequest()).toBeDefined();
  await clock.advance(1000);
  expect(account.takeRequest()).toBeUndefined();
  account.charge(1, 50_000);
  expect(account.takeRequest()?.message).toContain('1000 bytes a second');
});

test('of several limits the longest wait is told', () => {
  const { accounts } = setUp();
  const account = accounts.of('a', { limits: { requests: 1, events: 10 } });
  for (let taken = 0; taken < 2; taken += 1) account.takeRequest();
  account.charge(100, 0);
  expect(account.takeRequest()).toMatchObject({
    message: expect.stringContaining('10 events a second'),
    retryAfterSeconds: 9,
  });
});

test('the fields say quota, what is left and when all is there again', async () => {
  const { clock, accounts } = setUp();
  const account = accounts.of('a', { limits: { requests: 10, events: 100, bytes: 1000 } });
  account.takeRequest();
  account.charge(50, 0);
  expect(account.rateFields()).toEqual({
    'ratelimit-policy':
      '"requests";q=20;w=2, "events";q=200;w=2;qu="events", "bytes";q=2000;w=2;qu="content-bytes"',
    ratelimit: '"requests";r=19;t=1, "events";r=150;t=1, "bytes";r=2000;t=0',
  });
  await clock.advance(100);
  expect(account.rateFields()).toMatchObject({
    ratelimit: '"requests";r=20;t=0, "events";r=160;t=1, "bytes";r=2000;t=0',
  });
  expect(accounts.of('b', { limits: {} }).rateFields()).toEqual({});
});

test('the quota of a day ends with the day, and Retry-After says when', async () => {
  const { clock, accounts } = setUp();
  const account = accounts.of('a', { limits: {}, eventsPerDay: 10 });
  expect(account.takeRequest()).toBeUndefined();
  account.charge(10, 0);
  expect(account.takeRequest()).toMatchObject({ retryAfterSeconds: 60 });
  await clock.advance(60_000);
  expect(account.takeRequest()).toBeUndefined();
});

test('senders are counted apart, and other terms begin an account anew', () => {
  const { accounts } = setUp();
  const limits = { requests: 0.5 };
  const taken = (sender: string, terms = limits) =>
    accounts.of(sender, { limits: terms }).takeRequest() === undefined;
  expect([taken('a'), taken('a'), taken('b'), taken('a', { requests: 5 })]).toEqual([
    true,
    false,
    true,
    true,
  ]);
});

test('a greedy sender leaves room: one that holds nothing gets in beside it', () => {
  const { budget, accounts } = setUp();
  const fill = (sender: string) => {
    let held = 0;
    while (accounts.of(sender, { limits: {} }).budget.take(MB)) held += 1;
    return held;
  };
  expect(fill('greedy')).toBe(20);
  expect(fill('second')).toBe(7);
  expect(fill('third')).toBe(2);
  expect(budget.used()).toBe(29 * MB);
  const second = accounts.of('second', { limits: {} }).budget;
  second.give(7 * MB);
  expect(second.used()).toBe(0);
  expect(fill('second')).toBeGreaterThan(3);
});

test('senders are forgotten beyond the bound, but for those that hold bytes', () => {
  const { accounts } = setUp(10);
  const holder = accounts.of('holder', { limits: {} });
  holder.budget.take(MB);
  for (let number = 0; number < 1000; number += 1) accounts.of(`s${number}`, { limits: {} });
  expect(accounts.size()).toBeLessThanOrEqual(11);
  expect(accounts.of('holder', { limits: {} })).toBe(holder);
});

test('of limits that doors hold together each has an equal part, also when their number changes', async () => {
  let count = 1;
  const { clock, accounts } = setUp(100, () => count);
  const account = accounts.of('a', { limits: { requests: 10 }, eventsPerDay: 100 });
  const admitted = () => {
    let taken = 0;
    while (account.takeRequest() === undefined) taken += 1;
    return taken;
  };
  count = 4;
  expect(account.rateFields()['ratelimit-policy']).toBe('"requests";q=5;w=2');
  expect(admitted()).toBe(5);
  await clock.advance(1000);
  expect(account.rateFields()['ratelimit']).toBe('"requests";r=2;t=1');
  expect(admitted()).toBe(2);
  count = 1;
  await clock.advance(1000);
  expect(admitted()).toBe(12);
  count = 4;
  await clock.advance(2000);
  account.charge(25, 0);
  expect(account.takeRequest()?.message).toContain('100 events a UTC day');
});
