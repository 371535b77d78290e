/**
 * Rollups made by `apply` on the real server: beside a new fact and beside facts that go on landing. Each
 * test compares what the rollup says with what the facts say.
 */
import { claimText, restingText } from '@millrace/contracts';
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
    {
      ...{ insert_deduplication_token: token, deduplicate_insert_select: 'force_enable' },
      // as the sink inserts
      deduplicate_blocks_in_dependent_materialized_views: 1,
    },
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

test('what the sink sent before a rollup and repeats after it is counted once', async () => {
  const domain = uniqueName('roll');
  await apply(domain, {});
  const group = uniqueName('sink');
  const { topic } = readingContract(domain, {});
  const log = { cluster: 'c', topicId: await system.kafka.topicId(topic.name), epoch: '0' };
  const commit = (at: number, metadata: string) =>
    system.kafka.commitOffsets(group, [{ topic: topic.name, partition: 0, offset: at, metadata }]);
  await land(domain, 50);
  const from = offset;
  await land(domain, 100, 'claimed');
  const claim = {
    ...{ log, from, to: offset - 1, atMs: 1, table: `${domain}_reading_raw` },
    ...{ deadSchemas: [], deadOffsets: [], transactional: false },
  };
  await commit(from, claimText(claim));

  const change = withRollup(domain);
  const waits: string[] = [];
  const options = { sinkGroup: group, onWaiting: (why: string) => waits.push(why) };
  await applyPlan(await planOf(domain, change), system, options);
  expect(waits.join()).toContain(`its claim up to ${offset} of ${topic.name}/0`);
  expect(pendingSteps(await planOf(domain, change)).map(({ name }) => name)).toEqual([
    `${domain}_hourly_before`,
    `${domain}_hourly`,
  ]);
  offset = from;
  await land(domain, 100, 'claimed');
  await commit(offset, restingText(log));
  await land(domain, 30);
  await applyPlan(await planOf(domain, change), system, options);
  const { rollup, facts } = await counted(domain);
  expect(rollup).toEqual(facts);
  expect(waits).toHaveLength(1);
  expect(pendingSteps(await planOf(domain, change))).toEqual([]);
  expect(
    await database.query(
      "SELECT name FROM system.tables WHERE database = currentDatabase() AND match(name, '_(seen|watch)$')",
    ),
  ).toEqual([]);
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

test('a rollup whose removal was cut off, or whose feed somebody dropped, is counted anew and not on top of what is left', async () => {
  const domain = uniqueName('roll');
  const change = withRollup(domain);
  await apply(domain, {});
  await land(domain, 200);
  await apply(domain, change);
  await land(domain, 50);
  await database.execute(`DROP VIEW ${domain}_hourly_feed SYNC`);
  await land(domain, 70);
  await expect(apply(domain, change)).rejects.toThrow('its feed is gone');
  const options = { allowDestructive: true };
  await applyPlan(await planOf(domain, change), system, options);
  await land(domain, 30);
  const { rollup, facts } = await counted(domain);
  expect(rollup).toEqual(facts);
  expect(pendingSteps(await planOf(domain, change))).toEqual([]);
});

test('what is left of noting positions is counted once more and removed', async () => {
  const domain = uniqueName('roll');
  const change = withRollup(domain);
  await apply(domain, {});
  await land(domain, 200);
  const plan = await planOf(domain, change);
  await applyPlan(plan, system);
  const action = plan.steps.map((step) => step.action).find((one) => one?.do === 'fill-rollup');
  if (action?.do !== 'fill-rollup') throw new Error('there is no such step');
  // as an apply leaves it that is killed before it removes them
  await database.execute(action.seenStatement);
  await land(domain, 40);
  await apply(domain, change);
  const { rollup, facts } = await counted(domain);
  expect(rollup).toEqual(facts);
  expect(pendingSteps(await planOf(domain, change))).toEqual([]);
});

test('another measure is counted anew from the facts when that is asked for, and not else', async () => {
  const domain = uniqueName('roll');
  await apply(domain, {});
  await land(domain, 300);
  await apply(domain, withRollup(domain));
  await land(domain, 100);
  const change = withRollup(domain, { coldest: 'min(celsius)' });
  const plan = await planOf(domain, change);
  await expect(applyPlan(plan, system)).rejects.toThrow(/give the rollup another name/);
  expect((await counted(domain)).rollup).not.toEqual([]);
  let isApplied = false;
  const loading = (async () => {
    while (!isApplied) await land(domain, 50);
  })();
  await applyPlan(plan, system, { allowDestructive: true }).finally(() => {
    isApplied = true;
  });
  await loading;
  await land(domain, 10);
  const { rollup, facts } = await counted(domain);
  expect(rollup).toEqual(facts);
  expect(
    await database.query(
      `SELECT min(coldest) = min(celsius) AS same FROM ${domain}_hourly, ${domain}_reading`,
    ),
  ).toEqual([{ same: 1 }]);
  expect(pendingSteps(await planOf(domain, change))).toEqual([]);
});
