import { expect, test } from 'vitest';
import type { Driver } from '../driver/driver.ts';
import { drive } from '../testing/drive.ts';

interface Order {
  readonly customer: string | null;
  readonly amount: number;
}

/** Small numbers that look random and are the same in every run. */
const numbers = function* (seed: number) {
  for (let state = seed; ; ) {
    state = (state * 48_271) % 2_147_483_647;
    yield Math.floor(state / 4096);
  }
};

const shop = (): Driver =>
  drive(({ captured, out }) => {
    const orders = captured<Order>('orders');
    const customers = captured<string>('customers');
    const named = orders.joinBy(
      ({ customer }) => customer,
      customers,
      ({ amount }, name) => ({ name, amount }),
    );
    out(named, 'named');
    const totals = named
      .groupBy(({ name }) => name)
      .aggregate({
        init: () => 0,
        add: (total, { amount }) => total + amount,
        subtract: (total, { amount }) => total - amount,
      });
    out(totals, 'totals');
  }, 3);

const newest = (driver: Driver, output: string): Record<string, unknown> => {
  const rows = new Map(driver.take(output).map(({ key, value }) => [key!, value]));
  return Object.fromEntries([...rows].filter(([, value]) => value !== null).sort());
};

test('a foreign key join and its totals come to the same rows on several partitions in any order', () => {
  const driver = shop();
  const orders = new Map<string, Order>();
  const customers = new Map<string, string>();
  const random = numbers(1234);
  const next = (below: number) => random.next().value! % below;
  for (let at = 0; at < 400; at += 1) {
    const key = `${next(12)}`;
    const gone = next(5) === 0;
    if (next(3) === 0) {
      const name = `name ${next(4)}`;
      if (gone) customers.delete(key);
      else customers.set(key, name);
      driver.pipe('customers', gone ? null : name, { key, timeMs: at });
    } else {
      const order = { customer: next(6) === 0 ? null : `${next(12)}`, amount: next(100) };
      if (gone) orders.delete(key);
      else orders.set(key, order);
      driver.pipe('orders', gone ? null : order, { key, timeMs: at });
    }
  }
  driver.close();

  const named: Record<string, unknown> = {};
  const totals: Record<string, number> = {};
  for (const [key, { customer, amount }] of [...orders].sort()) {
    const name = customer === null ? undefined : customers.get(customer);
    if (name === undefined) continue;
    named[key] = { name, amount };
    totals[name] = (totals[name] ?? 0) + amount;
  }
  const replays = [1, 2, 3].map((seed) => {
    const replay = driver.replay(seed);
    replay.close();
    return replay;
  });
  expect(Object.keys(named).length).toBeGreaterThan(3);
  for (const one of [driver, ...replays]) {
    expect(newest(one, 'named')).toEqual(named);
    expect(newest(one, 'totals')).toEqual(totals);
  }
});

test('a join as of a time gives the same results on several partitions in any order', () => {
  const driver = drive(({ stream, captured, out }) => {
    const prices = captured<number>('prices', { disorderMs: 5 });
    const joined = stream<number>('bids', { disorderMs: 5 })
      .keyBy((bid) => `item ${bid % 5}`)
      .leftJoin(prices, (bid, price) => `${bid} at ${price}`, { grace: 3 });
    out(joined, 'out');
  }, 3);
  const random = numbers(1234);
  for (let at = 0; at < 300; at += 1) {
    const timeMs = at - (random.next().value! % 5);
    if (at % 4 === 0) driver.pipe('prices', at, { key: `item ${(at / 4) % 5}`, timeMs });
    else driver.pipe('bids', at, { key: `${at}`, timeMs });
  }
  driver.close();
  const results = (one: Driver) =>
    one
      .take('out')
      .map(({ value, timeMs }) => `${value} @${timeMs}`)
      .sort();
  const expected = results(driver);
  expect(expected.length).toBe(225);
  for (const seed of [1, 2, 3]) {
    const replay = driver.replay(seed);
    replay.close();
    expect(results(replay)).toEqual(expected);
  }
});
