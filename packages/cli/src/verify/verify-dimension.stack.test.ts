/**
 * A captured table with awkward values against its dimension: equal while both change, and each kind of
 * damage named by its key.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { DimensionVerdict } from '@millrace/reconcile';
import {
  createFlightsWorld,
  createPostgresDatabase,
  type FlightsWorld,
  type PostgresDatabase,
  pace,
  type ServiceProcess,
  stackUnderTest,
  startService,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { verifyDimensions } from './verify-project.ts';

// rounds wait for the capture and the sink, which a busy machine slows down
vi.setConfig({ testTimeout: 300_000 });

/** Columns beyond the example's: name, Avro, ODCS, PostgreSQL. */
const extra = [
  ['opened', { type: 'int', logicalType: 'date' }, 'date', 'date'],
  ['changed_at', { type: 'long', logicalType: 'timestamp-micros' }, 'timestamp', 'timestamp'],
  ['seen_at', { type: 'long', logicalType: 'timestamp-micros' }, 'timestamp', 'timestamptz'],
  [
    'fee',
    { type: 'bytes', logicalType: 'decimal', precision: 10, scale: 2 },
    'number',
    'numeric(10,2)',
  ],
  ['gates', 'long', 'integer', 'bigint'],
  ['is_open', 'boolean', 'boolean', 'boolean'],
  ['height', 'float', 'number', 'real'],
  ['code', { type: 'string', logicalType: 'uuid' }, 'string', 'uuid'],
  ['about', 'string', 'string', 'jsonb'],
  ['logo', 'bytes', 'string', 'bytea'],
] as const;

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
let world: FlightsWorld;
let database: PostgresDatabase;
let cdc: ServiceProcess;
let sink: ServiceProcess;

function addColumns(file: string, text: string): string {
  if (file === 'airports.avsc') {
    const schema = JSON.parse(text) as { fields: unknown[] };
    const fields = extra.map(([name, avro]) => ({ name, type: ['null', avro], default: null }));
    return JSON.stringify({ ...schema, fields: [...schema.fields, ...fields] });
  }
  if (file !== 'airports.odcs.yaml') return text;
  const properties = extra.map(
    ([name, , odcs]) =>
      `      - name: ${name}\n        logicalType: ${odcs}\n        required: false\n        classification: public\n`,
  );
  return text.replace('slaProperties:', `${properties.join('')}slaProperties:`);
}

beforeAll(async () => {
  world = await createFlightsWorld(stackUnderTest(), { edit: addColumns });
  database = await createPostgresDatabase('verify');
  await database.query(`CREATE TABLE airports (iata text PRIMARY KEY, name text NOT NULL, city text, state text,
    country text NOT NULL, latitude double precision NOT NULL, longitude double precision NOT NULL,
    ${extra.map(([name, , , type]) => `${name} ${type}`).join(', ')})`);
  await database.query(`INSERT INTO airports
    SELECT 'A' || n, E'näme\\n' || n, NULLIF('city ' || n, 'city 7'), CASE WHEN n % 5 = 0 THEN '' END, 'USA', n / 7.0, -n / 3e200,
      date '1931-02-03' + n, timestamp '1901-02-03 04:05:06.789012' + n * interval '1 day', timestamptz '2026-01-02 03:04:05+02' + n * interval '1 microsecond',
      (n - 1500) / 100.0, 9223372036854775807 - n, n % 3 = 0, n / 10.0, gen_random_uuid(), jsonb_build_object('n', n, 'a', 'ü'), decode(md5(n::text), 'hex')
    FROM generate_series(1, 3000) n`);
  await database.query(`INSERT INTO airports (iata, name, country, latitude, longitude, height)
    VALUES ('Z ''1', '', '', 'NaN', '-0', 'Infinity'), ('Z2', 'x', 'y', '-Infinity', 1e-308, '-0')`);
  await database.query(`INSERT INTO airports (iata, name, country, latitude, longitude, opened, changed_at)
    VALUES ('Z3', '', '', 0, 0, 'infinity', '-infinity'), ('Z4', '', '', 0, 0, '-infinity', 'infinity'),
      ('Z5', '', '', 0, 0, '4713-01-01 BC', '4713-01-01 BC'), ('Z6', '', '', 0, 0, '5874897-12-31', '294246-12-31 23:59:59.999999')`);
  const env = {
    ...world.env,
    MILLRACE_POSTGRES_URL: database.url,
    MILLRACE_CDC_SOURCE: world.group,
    MILLRACE_CDC_TABLES: 'public.airports',
  };
  [cdc, sink] = await Promise.all([startService('cdc', env), startService('sink', env)]);
  await Promise.all([cdc.ready(), sink.ready()]);
});
afterAll(async () => {
  await Promise.all([cdc?.stop(), sink?.stop()]);
  await database?.drop();
  await world?.drop();
});

async function verdict(showValues = false): Promise<DimensionVerdict> {
  const found: DimensionVerdict[] = [];
  const { kafkaBrokers } = stackUnderTest();
  const addresses = {
    kafkaBrokers: kafkaBrokers.split(','),
    clickhouseUrl: world.database.url,
    group: world.group,
  };
  const options = { postgresUrl: database.url, waitMs: 60_000, showValues };
  await verifyDimensions([world.airports], addresses, options, (one) => found.push(one));
  return found[0]!;
}

test('every value of every type has the same text on both sides', async () => {
  expect(await verdict()).toMatchObject({
    ...{ ok: true, sourceRows: 3_006, targetRows: 3_006 },
    ...{ wrong: [], notCompared: [], unsettled: 0, notExamined: 0 },
  });
});

test('a time beyond what the warehouse holds is a difference like any other', async () => {
  await database.query(`UPDATE airports SET changed_at = '294276-12-31' WHERE iata = 'Z2'`);
  expect(await verdict()).toMatchObject({
    ok: false,
    wrong: [{ kind: 'different', key: ['Z2'], columns: [{ name: 'changed_at' }] }],
  });
  await database.query(`UPDATE airports SET changed_at = NULL WHERE iata = 'Z2'`);
});

test('it stays equal while the table is changed all the time', async () => {
  let isChanging = true;
  onTestFinished(() => {
    isChanging = false;
  });
  const changing = (async () => {
    for (let round = 0; isChanging; round += 1) {
      await database.query(
        `UPDATE airports SET name = name || '.', fee = coalesce(fee, 0) + 1 WHERE iata LIKE 'A%${round % 10}'`,
      );
      await database.query(`DELETE FROM airports WHERE iata = 'N${round - 3}'`);
      await database.query(
        `INSERT INTO airports (iata, name, country, latitude, longitude) VALUES ('N${round}', 'new', 'USA', 1, 2)`,
      );
      await pace(20);
    }
  })();
  const during = await verdict();
  isChanging = false;
  await changing;
  expect(during).toMatchObject({ wrong: [], notExamined: 0 });
});

test('rows that were removed from a dimension come back by a replay of its topic, and nothing else changes', async () => {
  const { table } = world.airports.warehouse;
  await database.query(`UPDATE airports SET city = 'Paris' WHERE iata IN ('A3', 'A4')`);
  await database.query(`DELETE FROM airports WHERE iata = 'A5'`);
  expect(await verdict()).toMatchObject({ ok: true });
  await world.database.execute(
    `ALTER TABLE ${table} DELETE WHERE iata LIKE 'A3%' SETTINGS mutations_sync = 2`,
  );
  expect((await verdict()).wrong.length).toBe(112);
  await promisify(execFile)(process.execPath, [main, 'replay', world.airports.id], {
    env: { ...process.env, ...world.env },
  });
  expect(await verdict()).toMatchObject({ ok: true, wrong: [] });
});

test('a row that is missing, one too many, and one that differs are named by key and column', async () => {
  const { table, view } = world.airports.warehouse;
  await database.query(`UPDATE airports SET city = 'Oslo', fee = 12.30 WHERE iata = 'A1'`);
  expect(await verdict()).toMatchObject({ ok: true });
  await world.database.execute(
    `ALTER TABLE ${table} DELETE WHERE iata = 'A2' SETTINGS mutations_sync = 2`,
  );
  const later = '* REPLACE (_version + 1 AS _version';
  const copy = (change: string) =>
    world.database.execute(
      `INSERT INTO ${table} SELECT ${later}, ${change}) FROM (SELECT * FROM ${table} FINAL WHERE iata = 'A1')`,
    );
  await copy(`'Bergen' AS city, toDecimal64('12.31', 2) AS fee`);
  await copy(`'GHOST' AS iata`);
  const masked = await verdict();
  expect(masked.ok).toBe(false);
  const byKey = [...masked.wrong].sort((a, b) => a.key[0]!.localeCompare(b.key[0]!));
  expect(
    byKey.map(({ kind, key, columns }) => [kind, key[0], columns.map(({ name }) => name)]),
  ).toEqual([
    ['different', 'A1', ['city', 'fee']],
    ['missing', 'A2', []],
    ['extra', 'GHOST', []],
  ]);
  expect(JSON.stringify(masked)).not.toContain('Bergen');
  const shown = (await verdict(true)).wrong.find(({ kind }) => kind === 'different')!;
  expect(shown.columns[0]).toEqual({ name: 'city', source: 'Oslo', target: 'Bergen' });
  expect((await world.database.query(`SELECT 1 FROM ${view} WHERE iata = 'GHOST'`)).length).toBe(1);

  // as runbooks/DimensionDiffers.md says: no snapshot tells that a row is gone, its key told once more as deleted does
  await database.query(`BEGIN;
    INSERT INTO airports (iata, name, country, latitude, longitude) VALUES ('GHOST', '', '', 0, 0);
    DELETE FROM airports WHERE iata = 'GHOST';
    UPDATE airports SET name = name WHERE iata IN ('A1', 'A2');
    COMMIT`);
  expect(await verdict()).toMatchObject({ ok: true, wrong: [] });
});
