import { expect, test } from 'vitest';
import { type LossScenario, recordsAtLoad, simulateLoss } from './loss-model.ts';

/** One machine: a sink, and ClickHouse on two cores. */
const calm: LossScenario = {
  ...{ recordsPerSecond: 1_000, partitions: 4, tables: 1, brokers: 1, sinks: 1, shards: 1 },
  ...{
    coresPerShard: 2,
    outageMs: 0,
    returns: true,
    lossAtMs: 20_000,
    durationMs: 20_000,
    seed: 1,
  },
};
const large: LossScenario = {
  ...calm,
  ...{ partitions: 16, tables: 4, brokers: 4, sinks: 4, shards: 2, coresPerShard: 4 },
  ...{ recordsPerSecond: 500_000, outageMs: 4_000, lossAtMs: 5_000, durationMs: 40_000 },
};

test('1,000 records a second on four partitions are as late as measured: p50 99 ms within a quarter, p99 218 within half', () => {
  // docs/sink/figures.md, Freshness; the model has no pauses of a broker or of memory, so its tail is short.
  const { before } = simulateLoss(calm);
  expect(before.p50 / 99).toBeGreaterThan(0.75);
  expect(before.p50 / 99).toBeLessThan(1.25);
  expect(before.p99 / 218).toBeGreaterThan(0.5);
  expect(before.p99 / 218).toBeLessThan(1.5);
});

test('64 partitions of a table wait for their turn as measured: each every 1.6 s, within a tenth', () => {
  const { before } = simulateLoss({ ...calm, partitions: 64 });
  expect(before.worst / 1_600).toBeGreaterThan(0.9);
  expect(before.worst / 1_600).toBeLessThan(1.1);
});

test('the same seed gives the same outcome, another one another', () => {
  const of = (seed: number) => simulateLoss({ ...large, lose: 'sink', seed });
  expect(of(1)).toEqual(of(1));
  expect(of(1)).not.toEqual(of(2));
});

test.each(['sink', 'broker', 'shard'] as const)(
  'with a lost %s its records wait as long as nobody has its part, and all is caught up where there is room',
  (lose) => {
    const { before, during, caughtUpMs } = simulateLoss({ ...large, lose });
    expect(before.worst).toBeLessThan(1_000);
    expect(during.worst).toBeGreaterThan(large.outageMs);
    expect(caughtUpMs).toBeGreaterThan(large.outageMs);
    // What came in the outage is landed beside what comes: the less room, the longer.
    expect(caughtUpMs).toBeLessThan(4 * large.outageMs);
  },
);

test('the nearer to what the shards carry, the longer it takes to catch up', () => {
  const after = (load: number) =>
    simulateLoss({ ...large, lose: 'shard', recordsPerSecond: recordsAtLoad(load, large) })
      .caughtUpMs ?? Number.POSITIVE_INFINITY;
  expect(after(0.8)).toBeGreaterThan(after(0.6));
  expect(after(0.6)).toBeGreaterThan(after(0.3));
});

test('what the others cannot carry is never caught up', () => {
  const two = { ...large, sinks: 2, shards: 4, returns: false };
  const recordsPerSecond = recordsAtLoad(0.9, two);
  expect(simulateLoss({ ...two, recordsPerSecond, lose: 'sink' }).caughtUpMs).toBeUndefined();
  expect(
    simulateLoss({ ...two, recordsPerSecond, lose: 'sink', returns: true }).caughtUpMs,
  ).toBeDefined();
});
