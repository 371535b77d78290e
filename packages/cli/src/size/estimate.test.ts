import { expect, test } from 'vitest';
import { costPerMonth, type Demand, estimate } from './estimate.ts';

const demand: Demand = {
  ...{ eventsPerSecond: 10_000, bytesPerEvent: 200, eventsPerRequest: 1, changesPerSecond: 500 },
  ...{ streams: 10, transforms: 1, results: 0.1, stateKeys: 1_000_000, kafkaDays: 7 },
  ...{ warehouseDays: 365, replication: 3, replicas: 2, peak: 3, utilisation: 0.6 },
  coresPerInstance: 8,
};
const part = (name: string, of: Partial<Demand> = {}) =>
  estimate({ ...demand, ...of }).parts.find((each) => each.part === name)!;

test('the door is given what its events cost at the peak, and one instance more', () => {
  // 30,000 events/s at 56 µs are 1.68 cores; at 60 % 2.8, on cores of which it uses one each.
  expect(part('ingest')).toMatchObject({ instances: 4, cores: 1 });
  // In batches of 100 an event costs a ninth.
  expect(part('ingest', { eventsPerRequest: 100 })).toMatchObject({ instances: 2, cores: 0.5 });
});

test('a capture has one instance and one that waits, and more than it reads is said', () => {
  expect(part('cdc')).toMatchObject({ instances: 2, cores: 0.25 });
  expect(estimate({ ...demand, changesPerSecond: 50_000 }).warnings.join()).toContain(
    '150000 row changes a second',
  );
});

test('what does not flow needs nothing', () => {
  const names = estimate({ ...demand, changesPerSecond: 0, transforms: 0 }).parts.map(
    (each) => each.part,
  );
  expect(names).toEqual(['ingest', 'sink', 'kafka broker', 'clickhouse']);
});

test('disks grow with bytes, days and replicas, and not with the peak', () => {
  const disk = (of: Partial<Demand>) => part('kafka broker', { stateKeys: 0, ...of }).diskGb;
  expect(disk({ kafkaDays: 14 }) / disk({})).toBeCloseTo(2, 1);
  expect(disk({ replication: 1 }) / disk({})).toBeCloseTo(1 / 3, 1);
  expect(disk({ peak: 6 })).toBeCloseTo(disk({}), 5);
  const rows = (of: Partial<Demand>) => part('clickhouse', of).diskGb;
  expect(rows({ warehouseDays: 730 }) / rows({})).toBeCloseTo(2, 1);
  expect(rows({ replicas: 1 }) / rows({})).toBeCloseTo(1 / 2, 1);
});

test('keys of state are disk twice, memory by half, and the changelog of the brokers', () => {
  const many = { stateKeys: 100_000_000 };
  expect(part('stream-transform', many).diskGb).toBeGreaterThan(12);
  expect(part('stream-transform', many).memoryMb).toBeGreaterThan(3_000);
  expect(part('kafka broker', many).diskGb - part('kafka broker').diskGb).toBeGreaterThan(20);
});

test('partitions are a power of two, four at least, and more where a stream is large', () => {
  expect(estimate(demand).partitionsPerStream).toBe(4);
  expect(estimate({ ...demand, streams: 1, eventsPerSecond: 100_000 }).partitionsPerStream).toBe(8);
});

test('a month costs what the prices say', () => {
  const sizing = estimate(demand);
  const { cores, memoryGb, diskGb } = sizing.totals;
  expect(costPerMonth(sizing, { coreMonth: 20, memoryGbMonth: 3, diskGbMonth: 0.1 })).toBeCloseTo(
    20 * cores + 3 * memoryGb + 0.1 * diskGb,
  );
});

test.each([{ utilisation: 0 }, { utilisation: 2 }, { eventsPerSecond: Number.NaN }, { peak: -1 }])(
  'a demand that cannot be meant is refused: %o',
  (wrong) => {
    expect(() => estimate({ ...demand, ...wrong })).toThrow(RangeError);
  },
);
