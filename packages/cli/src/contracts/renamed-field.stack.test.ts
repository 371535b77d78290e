/** A field under another name, its old one an alias: its values stay, on the real server, wherever the apply is cut off. */
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
  ({ database, system, close } = await connectSystemUnderTest('renamed'));
});
afterAll(() => close?.());

const planOf = (domain: string, change: StreamChange) =>
  planProject([readingContract(domain, change)], system);
const allowDestructive = true;

const withField = (...more: readonly Record<string, unknown>[]) => [...standardFields, ...more];
const before = withField({ name: 'room', type: 'string', default: 'none' });
const after = withField({ name: 'place', type: 'string', default: 'none', aliases: ['room'] });

const dimension: StreamChange = {
  source: { kind: 'change', name: 'house', table: 'public.reading' },
  key: ['sensor'],
  orderBy: ['sensor'],
  warehouse: { role: 'dimension', history: { before: 'first' } },
};

const insert = (domain: string, field: string, sensor: string, value: string, offset = 1) =>
  database.execute(
    `INSERT INTO ${domain}_reading_raw (sensor, measured_at, celsius, ${field}, _partition, _offset)
     VALUES ('${sensor}', 0, 1, '${value}', 0, ${offset})`,
  );

test('a fact has the values of before under the new name, and the old column goes when that is asked for', async () => {
  const domain = uniqueName('name');
  await applyPlan(await planOf(domain, { fields: before }), system);
  await insert(domain, 'room', 'a', 'attic');

  const plan = await planOf(domain, { fields: after });
  await expect(applyPlan(plan, system)).rejects.toThrow(
    /remove column room String, whose values are in/,
  );
  await applyPlan(plan, system, { allowDestructive });
  await insert(domain, 'place', 'b', 'hall');
  await database.execute(
    `INSERT INTO ${domain}_reading_raw (sensor, measured_at, celsius, _partition, _offset) VALUES ('c', 0, 1, 0, 3)`,
  );
  const places = `SELECT place FROM ${domain}_reading ORDER BY sensor`;
  expect(await database.query(places)).toEqual([
    { place: 'attic' },
    { place: 'hall' },
    { place: 'none' },
  ]);
  expect(pendingSteps(await planOf(domain, { fields: after }))).toEqual([]);
});

test('cut off after any of its steps it goes on, and no value is lost', async () => {
  for (let steps = 1; ; steps += 1) {
    const domain = uniqueName('name');
    await applyPlan(await planOf(domain, { fields: before }), system);
    await insert(domain, 'room', 'a', 'attic');
    const plan = await planOf(domain, { fields: after });
    const pending = pendingSteps(plan);
    if (steps > pending.length) break;
    await applyPlan({ ...plan, steps: pending.slice(0, steps) }, system, { allowDestructive });
    const isThere = await database.query(
      `SELECT name FROM system.columns WHERE database = currentDatabase() AND table = '${domain}_reading_raw' AND name = 'room'`,
    );
    // what a sink of before still sends meanwhile
    if (isThere.length > 0) await insert(domain, 'room', 'b', 'cellar');
    await applyPlan(await planOf(domain, { fields: after }), system, { allowDestructive });
    expect(await database.query(`SELECT place FROM ${domain}_reading ORDER BY sensor`)).toEqual([
      { place: 'attic' },
      ...(isThere.length > 0 ? [{ place: 'cellar' }] : []),
    ]);
    expect(pendingSteps(await planOf(domain, { fields: after }))).toEqual([]);
  }
});

test('a dimension and its history have them, too; a column that goes is no obstacle to the history', async () => {
  const domain = uniqueName('name');
  const of = (fields: StreamChange['fields']): StreamChange => ({ ...dimension, fields: fields! });
  await applyPlan(await planOf(domain, of(before)), system);
  await database.execute(
    `INSERT INTO ${domain}_reading_raw (sensor, measured_at, celsius, room, _version, _is_deleted, _is_truncation, _partition, _offset, _committed_at)
     VALUES ('a', 0, 1, 'attic', 1, 0, 0, 0, 1, 0)`,
  );
  await applyPlan(await planOf(domain, of(after)), system, { allowDestructive });
  for (const view of ['reading', 'reading_history'])
    expect(await database.query(`SELECT place FROM ${domain}_${view}`), view).toEqual([
      { place: 'attic' },
    ]);
  await applyPlan(await planOf(domain, of(standardFields)), system, { allowDestructive });
  await database.execute(
    `INSERT INTO ${domain}_reading_raw (sensor, measured_at, celsius, _version, _is_deleted, _is_truncation, _partition, _offset, _committed_at)
     VALUES ('a', 0, 2, 2, 0, 0, 0, 2, 1000)`,
  );
  expect(
    await database.query(`SELECT celsius FROM ${domain}_reading_history ORDER BY valid_from`),
  ).toEqual([{ celsius: 1 }, { celsius: 2 }]);
  expect(pendingSteps(await planOf(domain, of(standardFields)))).toEqual([]);
});
