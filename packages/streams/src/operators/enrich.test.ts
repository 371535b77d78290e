import { expect, test, vi } from 'vitest';
import { createDriver } from '../driver/driver.ts';
import type { EnrichOptions, Stream } from '../dsl/stream.ts';
import { transform } from '../transform.ts';
import type { EnrichInfo } from './enrich.ts';

const driverOf = (
  look: (value: number, info: EnrichInfo) => Promise<unknown>,
  options?: EnrichOptions,
) =>
  createDriver(
    transform('enriched', ({ from }) => {
      (from('numbers' as never) as unknown as Stream<number>)
        .enrich(look, options)
        .to('results' as never);
    }),
  );

/** Calls that are answered by hand, in any order. */
const answeredByHand = () => {
  const calls: { readonly value: number; answer(result: unknown): void }[] = [];
  const look = (value: number) =>
    new Promise((answer) => {
      calls.push({ value, answer });
    });
  return { calls, look };
};

const valuesOf = (driver: ReturnType<typeof driverOf>) =>
  driver.take('results').map(({ value }) => value);

test('answers are handed on in the order of the records, whatever the order of the answers', async () => {
  const { calls, look } = answeredByHand();
  const driver = driverOf(look);
  for (const value of [1, 2, 3]) driver.pipe('numbers', value);
  expect(valuesOf(driver)).toEqual([]);
  for (const call of calls.toReversed()) call.answer(call.value * 10);
  await driver.settle();
  expect(valuesOf(driver)).toEqual([10, 20, 30]);
});

test('no more calls are under way than allowed', async () => {
  const { calls, look } = answeredByHand();
  const driver = driverOf(look, { inFlight: 2 });
  for (const value of [1, 2, 3]) driver.pipe('numbers', value);
  expect(calls.map(({ value }) => value)).toEqual([1, 2]);
  calls[1]!.answer('two');
  await expect.poll(() => calls.length).toBe(3);
  calls[0]!.answer('one');
  calls[2]!.answer('three');
  await driver.settle();
  expect(valuesOf(driver)).toEqual(['one', 'two', 'three']);
});

test('a call that fails takes its record out of the flow, and no other', async () => {
  const driver = driverOf(async (value) => {
    if (value === 2) throw new RangeError('two');
    return value;
  });
  for (const value of [1, 2, 3]) driver.pipe('numbers', value);
  await driver.settle();
  expect(valuesOf(driver)).toEqual([1, 3]);
  expect(driver.takeFailures()).toMatchObject([
    {
      record: { operator: 'enrich-1', flow: { value: 2 } },
      error: { code: 'transform.function-failed', message: 'enrich-1: RangeError: two' },
    },
  ]);
});

test('a call that takes too long fails, and is told so', async () => {
  const signals: AbortSignal[] = [];
  const driver = driverOf(
    (_value, { signal }) => {
      signals.push(signal);
      return new Promise(() => undefined);
    },
    { timeout: '1 ms' },
  );
  driver.pipe('numbers', 1);
  await driver.settle();
  expect(driver.takeFailures()).toMatchObject([
    { error: { message: 'enrich-1: Error: no answer within 1 ms' } },
  ]);
  expect(signals[0]!.aborted).toBe(true);
});

test('what fails behind it is known by the record that was enriched, not by a later one', async () => {
  const driver = createDriver(
    transform('enriched', ({ from }) => {
      (from('numbers' as never) as unknown as Stream<number>)
        .enrich(async (value) => value)
        .map((value) => {
          if (value === 1) throw new RangeError('one');
          return value;
        })
        .to('results' as never);
    }),
  );
  for (const value of [1, 2]) driver.pipe('numbers', value);
  await driver.settle();
  expect(valuesOf(driver)).toEqual([2]);
  expect(driver.takeFailures()).toMatchObject([
    { piped: { value: 1 }, error: { message: 'map-1: RangeError: one' } },
  ]);
});

test('no timer outlives its call', async () => {
  vi.useFakeTimers();
  const driver = driverOf(async (value) => value);
  driver.pipe('numbers', 1);
  await driver.settle();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test('a driver that is settled can take more', async () => {
  const driver = driverOf(async (value) => value + 1);
  driver.pipe('numbers', 1);
  await driver.settle();
  driver.pipe('numbers', 2);
  await driver.settle();
  expect(valuesOf(driver)).toEqual([2, 3]);
});

test('no call in flight at all is refused', () => {
  expect(() => driverOf(async () => 1, { inFlight: 0 })).toThrow(/cannot be in flight/);
});
