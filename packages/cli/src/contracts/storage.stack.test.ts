/** How a table keeps its rows, as the contract says it and the server has it. */
import { type ClickHouseDatabase, uniqueName } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyPlan } from './apply.ts';
import { pendingSteps, planProject } from './plan.ts';
import type { PlatformSystem } from './platform-system.ts';
import { readingContract, type StreamChange, standardFields } from './testing/project-fixture.ts';
import { connectSystemUnderTest } from './testing/system-under-test.ts';

let database: ClickHouseDatabase;
let system: PlatformSystem;
let close: (() => Promise<void>) | undefined;

beforeAll(async () => {
  ({ database, system, close } = await connectSystemUnderTest('storage'));
});
afterAll(() => close?.());

const planOf = (domain: string, change: StreamChange) =>
  planProject([readingContract(domain, change)], system);
const apply = async (domain: string, change: StreamChange) =>
  applyPlan(await planOf(domain, change), system);
const lines = async (domain: string, change: StreamChange) =>
  pendingSteps(await planOf(domain, change)).map(({ kind, line }) => `${kind}: ${line}`);

const insert = (domain: string, measuredAt: string) =>
  database.execute(
    `INSERT INTO ${domain}_reading_raw (sensor, measured_at, celsius, _partition, _offset, _produced_at)
     VALUES ('s1', '${measuredAt}', 21, 0, 0, 1000)`,
  );

const words = {
  retention: '30d',
  indexGranularity: 1024,
  indexes: [
    { column: 'celsius', type: 'set(100)' },
    { column: 'sensor', type: 'bloom_filter(0.01)', granularity: 4 },
    { column: 'sensor', type: 'ngrambf_v1(3, 256, 2, 0)' },
  ],
};

test('every storage word is taken by the server, and a second plan finds nothing to do', async () => {
  const domain = uniqueName('storage').replaceAll('-', '_');
  const allTypes = [
    ...standardFields,
    { name: 'day', type: { type: 'int', logicalType: 'date' } },
    { name: 'big', type: ['null', 'long'], default: null },
    { name: 'ratio', type: 'double' },
    { name: 'good', type: 'boolean' },
    { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['A', 'B'] } },
    { name: 'tags', type: { type: 'array', items: 'long' } },
    { name: 'counts', type: { type: 'map', values: 'int' } },
    { name: 'id', type: { type: 'string', logicalType: 'uuid' } },
    { name: 'fee', type: { type: 'bytes', logicalType: 'decimal', precision: 20, scale: 4 } },
  ];
  const change = { warehouse: words, fields: allTypes };
  await apply(domain, change);
  expect(await lines(domain, change)).toEqual([]);
});

test('rows past the retention leave by whole partitions, and those within it stay', async () => {
  const domain = uniqueName('storage').replaceAll('-', '_');
  await apply(domain, { warehouse: { retention: '30d' } });
  const recent = new Date(Date.now() - 86_400_000).toISOString().slice(0, 19);
  await insert(domain, '2001-01-01 00:00:00');
  await insert(domain, recent.replace('T', ' '));
  await database.execute(`OPTIMIZE TABLE ${domain}_reading_raw FINAL`);
  const years = () =>
    database.query<{ year: number }>(
      `SELECT toYear(measured_at) AS year FROM ${domain}_reading ORDER BY year`,
    );
  await expect.poll(years).toEqual([{ year: new Date(recent).getFullYear() }]);
});

test('indexes are added, changed and removed in place; those of a person stay', async () => {
  const domain = uniqueName('storage').replaceAll('-', '_');
  await apply(domain, {});
  await database.execute(
    `ALTER TABLE ${domain}_reading_raw ADD INDEX mine celsius TYPE minmax GRANULARITY 1`,
  );
  const withIndex = (type: string) => ({ warehouse: { indexes: [{ column: 'celsius', type }] } });
  for (const change of [withIndex('set(10)'), withIndex('set(100)'), {}]) {
    await apply(domain, change);
    expect(await lines(domain, change)).toEqual([]);
  }
  const names = await database.query(
    `SELECT name FROM system.data_skipping_indices WHERE database = '${database.name}' AND table = '${domain}_reading_raw'`,
  );
  expect(names).toEqual([{ name: 'mine' }]);
});

test('another index granularity is refused, since a table keeps the one it was made with', async () => {
  const domain = uniqueName('storage').replaceAll('-', '_');
  await apply(domain, {});
  expect(await lines(domain, { warehouse: { indexGranularity: 256 } })).toEqual([
    expect.stringMatching(/^refused: index_granularity 8192 → 256/),
  ]);
});
