/** Inserting, comparing and isolating against the real ClickHouse, without Kafka in between. */
import { type ClickHouse, createClickHouse, describeTable } from '@millrace/clickhouse';
import type { Claim } from '@millrace/contracts';
import { type ConsumedRecord, recordRows } from '@millrace/kafka';
import { silentLogger, systemClock } from '@millrace/pipeline';
import { createMetrics } from '@millrace/runtime';
import { createFlightsWorld, type FlightsWorld, stackUnderTest } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RangeGroup } from '../lanes/range.ts';
import { createSinkMetrics } from '../metrics.ts';
import { compileLanding, type Landing } from '../tables/landing.ts';
import { createInsertRangeStep, type InsertRangeStep } from './insert-range.ts';
import { createReadBackStep } from './read-back.ts';

let world: FlightsWorld;
let clickhouse: ClickHouse;
let landing: Landing;
let insertRange: InsertRangeStep;

beforeAll(async () => {
  world = await createFlightsWorld(stackUnderTest());
  clickhouse = createClickHouse({ url: world.database.url });
  const { contract, schemaId } = world;
  const table = await describeTable(clickhouse, contract.warehouse.table);
  const compiled = compileLanding(contract, table!, schemaId, contract.schemaText);
  if (compiled.kind !== 'landing') throw new Error(compiled.reason);
  landing = compiled;
  const metrics = createSinkMetrics(createMetrics('sink'));
  insertRange = createInsertRangeStep(clickhouse, 'cluster', metrics, systemClock);
});
afterAll(async () => {
  await clickhouse?.close();
  await world?.drop();
});

const identity = () => ({ topic: world.contract.topic.name, partition: 0, term: 1 });

function claimOf(from: number, count: number): { claim: Claim; groups: readonly RangeGroup[] } {
  const records = Array.from({ length: count }, (_, index): ConsumedRecord => {
    const { value } = world.departure(from + index);
    return { offset: from + index, timestampMs: from + index, key: null, value, headers: {} };
  });
  const claim: Claim = {
    ...{ from, to: from + count - 1, atMs: Date.now(), table: world.contract.warehouse.table },
    ...{ deadSchemas: [], deadOffsets: [], transactional: false },
  };
  return { claim, groups: [{ landing, records: recordRows(records) }] };
}

test('a hundred thousand rows over four table partitions are one block each, and a repeat adds none (F8, F9)', async () => {
  const request = { identity: identity(), ...claimOf(0, 100_000) };
  expect(await insertRange(request)).toEqual({ kind: 'landed' });
  expect(await insertRange(request)).toEqual({ kind: 'landed' });
  expect(await world.landed()).toMatchObject({ rows: 100_000, positions: 100_000 });
  const parts = await world.database.query<{ inserts: number }>(
    `SELECT toUInt32(uniqExact(_ingested_at)) AS inserts FROM ${world.contract.warehouse.table}`,
  );
  expect(parts).toEqual([{ inserts: 1 }]);
});

test('three attempts under way at the same time land once', async () => {
  const before = await world.landed();
  const request = { identity: identity(), ...claimOf(200_000, 20_000) };
  await Promise.all([insertRange(request), insertRange(request), insertRange(request)]);
  expect((await world.landed()).rows).toBe(before.rows + 20_000);
});

test('a comparison names exactly the offsets that the table lacks', async () => {
  const readBack = createReadBackStep(clickhouse, silentLogger);
  const { claim, groups } = claimOf(300_000, 10);
  const missing = groups[0]!.records.offsets();
  expect(await readBack(identity(), claim, groups)).toEqual(missing);
  const some = missing.filter((offset) => offset % 3 === 0);
  await insertRange({ identity: identity(), claim, groups, only: some });
  expect(await readBack(identity(), claim, groups)).toEqual(
    missing.filter((offset) => offset % 3 !== 0),
  );
});

test('a statement that the server refuses is rejected, and a server that is away is uncertain', async () => {
  const { claim, groups } = claimOf(400_000, 1);
  const broken = { ...landing, statement: 'INSERT INTO no_such_table (a) FORMAT Avro' };
  const rejected = await insertRange({
    ...{ identity: identity(), claim },
    groups: [{ landing: broken, records: groups[0]!.records }],
  });
  expect(rejected).toMatchObject({ kind: 'rejected', error: { code: 'clickhouse.rejected' } });
  const away = createClickHouse({ url: 'http://127.0.0.1:9/none' });
  const metrics = createSinkMetrics(createMetrics('sink'));
  const step = createInsertRangeStep(away, 'cluster', metrics, systemClock);
  expect(await step({ identity: identity(), claim, groups })).toMatchObject({ kind: 'uncertain' });
  await away.close();
});
