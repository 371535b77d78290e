import { expect, expectTypeOf, test } from 'vitest';
import { drive } from '../testing/drive.ts';
import { keyedState, timedState } from './process.ts';

interface Bid {
  readonly price: number;
}

test('a process keeps its own state and is called when its timers are due', () => {
  const driver = drive(({ stream, out }) => {
    const best = stream<Bid>('bids').process({
      stores: { best: keyedState<number>('price:v1') },
      onRecord({ price }, { key, timeMs, stores, schedule }) {
        if (stores.best.get(key) === undefined) schedule(timeMs + 10);
        stores.best.set(key, Math.max(price, stores.best.get(key) ?? 0));
        return [];
      },
      onTimer(_name, { key, stores }) {
        const price = stores.best.get(key)!;
        stores.best.delete(key);
        return [{ price }];
      },
    });
    out(best, 'best');
  });
  driver.pipe('bids', { price: 3 }, { key: 'b', timeMs: 1 });
  driver.pipe('bids', { price: 5 }, { key: 'a', timeMs: 1 });
  driver.pipe('bids', { price: 4 }, { key: 'a', timeMs: 11 });
  expect(driver.take('best')).toEqual([]);
  driver.pipe('bids', { price: 9 }, { key: 'a', timeMs: 12 });
  expect(driver.take('best')).toEqual([
    { key: 'a', value: { price: 9 }, timeMs: 11 },
    { key: 'b', value: { price: 3 }, timeMs: 11 },
  ]);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, undefined])(
  'a timer that is due at %s fails its record alone, and the others fire',
  (dueMs) => {
    const driver = drive(({ stream, out }) => {
      const fired = stream<string>('in').process<string>({
        onRecord(value, { timeMs, schedule }) {
          schedule(value === 'bad' ? (dueMs as number) : timeMs + 1, value);
          return undefined;
        },
        onTimer: (name) => [name],
      });
      out(fired, 'out');
    });
    driver.pipe('in', 'bad', { key: 'k', timeMs: 1 });
    expect(driver.takeFailures().map(({ error }) => error.message)).toEqual([
      `process-1: TypeError: a timer is due at a time in milliseconds, not ${dueMs}`,
    ]);
    driver.pipe('in', 'good', { key: 'k', timeMs: 1 });
    driver.pipe('in', 'later', { key: 'k', timeMs: 9 });
    expect(driver.take('out').map(({ value }) => value)).toEqual(['good']);
  },
);

test('state that is set at no time fails its record alone', () => {
  const driver = drive(({ stream, out }) => {
    const kept = stream<string>('in').process({
      stores: { seen: timedState<string>('seen:v1', { byKey: true }) },
      onRecord(value, { key, timeMs, stores }) {
        stores.seen.set(value === 'bad' ? Number.NaN : timeMs, key, value);
        stores.seen.dropBefore(timeMs - 1);
        return [...stores.seen.keyTimes(key, 0, 100)].map(([, one]) => one);
      },
    });
    out(kept, 'out');
  });
  for (const [at, value] of ['one', 'bad', 'two', 'three'].entries()) {
    driver.pipe('in', value, { key: 'k', timeMs: at });
  }
  expect(driver.takeFailures().map(({ error }) => error.message)).toEqual([
    'process-1: TypeError: state is kept by a time, not by NaN',
  ]);
  expect(driver.take('out').map(({ value }) => value)).toEqual(['one', 'two', 'two', 'three']);
});

test('timers have names, can be cancelled, and can set the next one', () => {
  const driver = drive(({ stream, out }) => {
    const fired = stream<string>('in').process<string>({
      onRecord(value, { timeMs, schedule, cancel }) {
        schedule(timeMs + 1, 'once');
        schedule(timeMs + 1, 'again');
        schedule(timeMs + 2, value);
        cancel(timeMs + 2, value);
        return undefined;
      },
      onTimer(name, { timeMs, schedule }) {
        if (name === 'again' && timeMs < 4) schedule(0, 'again');
        return [name];
      },
    });
    out(fired, 'out');
  });
  driver.pipe('in', 'cancelled', { key: 'k', timeMs: 1 });
  driver.pipe('in', 'x', { key: 'other', timeMs: 9 });
  expect(driver.take('out').map(({ value, timeMs }) => `${value}@${timeMs}`)).toEqual([
    'again@2',
    'once@2',
    'again@3',
    'again@4',
  ]);
});

test('state and timers outlive a restart', () => {
  const driver = drive(({ stream, out }) => {
    const counted = stream<string>('in').process({
      stores: { count: keyedState<number>('count:v1') },
      onRecord(_value, { key, timeMs, stores, schedule }) {
        stores.count.set(key, (stores.count.get(key) ?? 0) + 1);
        schedule(timeMs + 10);
        return [];
      },
      onTimer: (_name, { key, stores }) => [stores.count.get(key)],
    });
    out(counted, 'out');
  });
  driver.pipe('in', 'x', { key: 'k', timeMs: 1 });
  driver.reopen();
  driver.pipe('in', 'x', { key: 'k', timeMs: 2 });
  driver.pipe('in', 'end', { key: 'other', timeMs: 12 });
  expect(driver.take('out')).toEqual([{ key: 'k', value: 2, timeMs: 11 }]);
});

test('a timer whose function throws is told, and the others fire', () => {
  const driver = drive(({ stream, out }) => {
    const fired = stream<string>('in').process({
      onRecord(_value, { timeMs, schedule }) {
        schedule(timeMs + 1);
        return [];
      },
      onTimer(_name, { key }) {
        if (key === 'a') throw new Error('not a');
        return [key];
      },
    });
    out(fired, 'out');
  });
  for (const key of ['a', 'b']) driver.pipe('in', 'x', { key, timeMs: 1 });
  driver.pipe('in', 'end', { key: 'c', timeMs: 9 });
  expect(driver.take('out').map(({ value }) => value)).toEqual(['b']);
  expect(driver.takeFailures()).toMatchObject([{ record: { operator: 'process-1' } }]);
});

test('the wall clock comes by without records', () => {
  const seen: number[] = [];
  const driver = drive(({ stream, out }) => {
    const nothing = stream<string>('in').process({
      onRecord: () => undefined,
      onClock: (nowMs) => void seen.push(nowMs),
    });
    out(nothing, 'out');
  });
  driver.advanceClock(100);
  driver.advanceClock(50);
  expect(seen).toEqual([100, 150]);
});

test('what a process keeps and hands on has its type', () => {
  drive(({ stream, out }) => {
    const bids = stream<Bid>('bids');
    const results = bids.process({
      stores: {
        last: keyedState<Bid>('bid:v1'),
        all: timedState<readonly string[]>('texts:v1', { byKey: true }),
      },
      onRecord(bid, { stores, key, timeMs }) {
        expectTypeOf(bid).toEqualTypeOf<Bid>();
        expectTypeOf(stores.last.get(key)).toEqualTypeOf<Bid | undefined>();
        expectTypeOf(stores.all.get(timeMs, key)).toEqualTypeOf<readonly string[] | undefined>();
        // @ts-expect-error: a store that was not declared
        stores.first;
        return [bid.price];
      },
    });
    results.map((price) => expectTypeOf(price).toEqualTypeOf<number>());
    out(results, 'out');
  });
});
