/**
 * Rollups made by `apply` on the real server: beside a new fact and beside facts that go on landing. Each
 * test compares what the rollup says with what the facts say.
 */
import { type ClickHouseDatabase, uniqueName } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyPlan } from './apply.ts';
import { pendingSteps, planProject } from './plan.ts';
import type { PlatformSystem } from './platform-system.ts';
import { readingContract, type StreamChange } from './testing/project-fixture.ts';
import { connectSystemUnderTest } from './testing/system-under-test.ts';

let database: ClickHouseDatabase;
let system: PlatformSystem;
let close: (() => Promise<void>) | undefined;

beforeAll(async () => {
  ({ database, system, close } = await connectSystemUnderTest('rollups'));
});
afterAll(() => close?.());

const planOf = (domain: string, change: StreamChange) =>
  planProject([readingContract(domain, change)], system);

const apply = async (domain: string, change: StreamChange) =>
  applyPlan(await planOf(domain, change), system);

const withRollup = (domain: string, more: Readonly<Record<string, string>> = {}): StreamChange => ({
  warehouse: {
    rollups: [
      {
        name: `${domain}_hourly`,
        by: { sensor: 'sensor', hour: 'toStartOfHour(measured_at)' },
        measures: {
          readings: 'count()',
          warmest: 'max(celsius)',
          mean: 'avg(celsius)',
          hot: 'countIf(celsius > 50)',
          p90: 'quantileExact(0.9)(celsius)',
          ...more,
        },
      },
    ],
  },
});

let offset = 0;
const land = async (domain: string, rows: number, token = uniqueName('insert')) => {
  const first = offset;
  offset += rows;
  await system.clickhouse.exec(
    `INSERT INTO ${domain}_reading_raw (sensor, measured_at, celsius, _partition, _offset, _produced_at)
     SELECT concat('s', toString(number % 3)), toDateTime64(number * 60, 3), (number * 7) % 90, 0, ${first} + number, 0
     FROM numbers(${rows}) ORDER BY ALL`,
    { insert_deduplication_token: token, deduplicate_insert_select: 'force_enable' },
  );
};

const counted = async (domain: string) => ({
  rollup: await database.query(
    `SELECT sensor, hour, readings, warmest, mean, hot, p90 FROM ${domain}_hourly ORDER BY sensor, hour`,
  ),
  facts: await database.query(
    `SELECT sensor, toStartOfHour(measured_at) AS hour, count() AS readings, max(celsius) AS warmest, avg(celsius) AS mean,
       countIf(celsius > 50) AS hot, quantileExact(0.9)(celsius) AS p90
     FROM ${domain}_reading GROUP BY sensor, hour ORDER BY sensor, hour`,
  ),
});

test('a rollup counts each fact as it lands, and is made once', async () => {
  const domain = uniqueName('roll');
  const change = withRollup(domain);
  await apply(domain, change);
  expect(pendingSteps(await planOf(domain, change))).toEqual([]);
  await land(domain, 500);
  await land(domain, 300);
  const { rollup, facts } = await counted(domain);
  expect(rollup).toHaveLength(27);
  expect(rollup).toEqual(facts);
});

test('an insert that is repeated under its token is counted once', async () => {
  const domain = uniqueName('roll');
  await apply(domain, withRollup(domain));
  const from = offset;
  await land(domain, 100, 'the same');
  offset = from;
  await land(domain, 100, 'the same');
  const { rollup, facts } = await counted(domain);
  expect(rollup).toEqual(facts);
  expect(
    await database.query(`SELECT toUInt32(sum(readings)) AS readings FROM ${domain}_hourly`),
  ).toEqual([{ readings: 100 }]);
});

test('a rollup that comes later counts what is there and what lands meanwhile, each once', async () => {
  const domain = uniqueName('roll');
  await apply(domain, {});
  await land(domain, 1_000);
  let isApplied = false;
  const loading = Array.from({ length: 3 }, async () => {
    while (!isApplied) await land(domain, 200);
    await land(domain, 200);
  });
  const change = withRollup(domain);
  await apply(domain, change).finally(() => {
    isApplied = true;
  });
  await Promise.all(loading);
  const { rollup, facts } = await counted(domain);
  expect(rollup).toEqual(facts);
  expect(pendingSteps(await planOf(domain, change))).toEqual([]);
  const parts = await database.query<{ rows: number }>(
    `SELECT toUInt32(countMerge(readings)) AS rows FROM ${domain}_hourly_before UNION ALL SELECT toUInt32(countMerge(readings)) FROM ${domain}_hourly_raw`,
  );
  for (const { rows } of parts) expect(rows).toBeGreaterThan(0);
});

test('a rollup whose making was cut off is completed by the next apply, counting nothing twice', async () => {
  const domain = uniqueName('roll');
  await apply(domain, {});
  await land(domain, 1_000);
  const change = withRollup(domain);
  const plan = await planOf(domain, change);
  for (const step of pendingSteps(plan).slice(0, 2)) {
    await applyPlan({ ...plan, steps: [step] }, system);
  }
  await land(domain, 100);
  await apply(domain, change);
  await land(domain, 100);
  const { rollup, facts } = await counted(domain);
  expect(rollup).toEqual(facts);
});

test('another measure is refused with the way to get it', async () => {
  const domain = uniqueName('roll');
  await apply(domain, withRollup(domain));
  await expect(apply(domain, withRollup(domain, { coldest: 'min(celsius)' }))).rejects.toThrow(
    /Give the rollup another name/,
  );
});
