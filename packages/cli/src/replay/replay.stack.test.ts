/**
 * Rows that were removed in every way that a table knows are landed again while the sink goes on: the ranges
 * that are missing, each once, whatever ClickHouse remembers of their first insert.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  createFlightsWorld,
  type FlightsWorld,
  openReader,
  type ServiceProcess,
  stackUnderTest,
  startService,
} from '@millrace/testkit';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Replay } from './replay-store.ts';

vi.setConfig({ testTimeout: 600_000 });

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
let world: FlightsWorld;
let sink: ServiceProcess | undefined;

beforeEach(async () => {
  world = await createFlightsWorld(stackUnderTest(), { partitions: 2 });
  sink = await startService('sink', world.env);
  await sink.ready();
});
afterEach(async () => {
  await sink?.stop();
  await world?.drop();
});

const millrace = async (...args: readonly string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)(process.execPath, [main, ...args], {
    env: { ...process.env, ...world.env },
  });
  return stdout;
};
const replay = async (...args: readonly string[]): Promise<Replay> =>
  JSON.parse(await millrace('replay', world.contract.id, '--json', ...args)) as Replay;

const table = () => world.contract.warehouse.table;
const execute = (sql: string) => world.database.execute(sql);
const landing = (rows: number) =>
  expect
    .poll(() => world.landed(), { timeout: 120_000, interval: 100 })
    .toEqual({ rows, positions: rows, flights: rows });

/** Until the group stands behind every record: only then a replay may touch the last ones. */
const settled = (records: number) =>
  expect
    .poll(
      async () => {
        const { admin } = openReader(stackUnderTest().kafkaBrokers);
        const committed = await admin.committedOffsets(world.group, [world.contract.topic.name]);
        return committed.reduce((sum, { offset }) => sum + offset, 0);
      },
      { timeout: 120_000, interval: 100 },
    )
    .toBe(records);

const sendAndLand = async (rows: number) => {
  await world.send(0, rows);
  await landing(rows);
  await settled(rows);
};

const often = { count: 500, everyMs: 50 } as const;

/** What removes rows, each of them others; one replay then lands all of it. */
const removals = {
  'a lightweight DELETE': `DELETE FROM {} WHERE _offset BETWEEN 1000 AND 3000`,
  'a mutation': `ALTER TABLE {} DELETE WHERE _offset < 700 SETTINGS mutations_sync = 2`,
  'DROP PARTITION': `ALTER TABLE {} DROP PARTITION 200102`,
};
// twice the same range: only the epoch tells the second replay's tokens from the first's
const wholes = { TRUNCATE: `TRUNCATE TABLE {}`, 'all of it again': `DELETE FROM {} WHERE 1` };

test('what a DELETE, a mutation, DROP PARTITION and TRUNCATE removed is landed again, each row once (F12)', async () => {
  const load = 12_000;
  await sendAndLand(load);
  const rounds = [Object.entries(removals), ...Object.entries(wholes).map((one) => [one])];
  for (const round of rounds) {
    let left = load;
    for (const [name, statement] of round) {
      await execute(statement.replace('{}', table()));
      const { rows } = await world.landed();
      expect(rows, name).toBeLessThan(left);
      left = rows;
    }
    const names = round.map(([name]) => name).join(', ');
    expect((await replay()).phase, names).toBe('done');
    expect(await world.landed(), names).toEqual({ rows: load, positions: load, flights: load });
  }
  expect(await millrace('replay', world.contract.id)).toContain('Nothing to land');
});

test('only what is missing is landed, while the sink lands what is new', async () => {
  await sendAndLand(8_000);
  await execute(`DELETE FROM ${table()} WHERE _partition = 1 AND _offset IN (5, 6, 3999)`);
  const sending = world.keepSending(8_000, often);
  const done = await replay();
  const sent = await sending.stop();
  await landing(sent);
  expect(done.ranges).toEqual([{ partition: 1, from: 5, end: 4_000 }]);
  await settled(sent);
  await millrace('verify', world.contract.id);
});

test('replace removes a range and lands it anew; --dry-run tells what it would do and does nothing', async () => {
  await sendAndLand(6_000);
  await execute(
    `ALTER TABLE ${table()} UPDATE destination = 'SPL' WHERE _offset BETWEEN 1000 AND 1999 SETTINGS mutations_sync = 2`,
  );
  const range = ['--mode', 'replace', '--from', '1000', '--to', '2000', '--partitions', '0'];
  const planned = JSON.parse(
    await millrace('replay', world.contract.id, '--json', '--dry-run', ...range),
  ) as { replacedRows: number };
  expect(planned.replacedRows).toBe(1_000);
  const wrong = async () =>
    (
      await world.database.query<{ rows: number }>(
        `SELECT countIf(destination = 'SPL')::UInt32 AS rows FROM ${table()}`,
      )
    )[0]!.rows;
  expect(await wrong()).toBe(2_000);
  await replay(...range);
  expect(await wrong()).toBe(1_000);
  expect(await world.landed()).toEqual({ rows: 6_000, positions: 6_000, flights: 6_000 });
});

test('a range that is not landed yet, or that Kafka does not hold, is refused', async () => {
  await sendAndLand(2_000);
  const refused = (why: string, ...args: readonly string[]) =>
    expect(replay(...args)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(why),
    });
  await refused('lands by itself', '--to', '1001');
  await refused('no partition 7', '--partitions', '7');
  await expect(millrace('replay', world.airports.id, '--mode', 'replace')).rejects.toMatchObject({
    stderr: expect.stringContaining('is a dimension'),
  });
  await expect(millrace('replay', world.airports.id, '--dead')).rejects.toMatchObject({
    stderr: expect.stringContaining('leave --dead out'),
  });
});

test('where a view behind the table would count rows twice, replace and exchange are refused', async () => {
  await sendAndLand(1_000);
  await execute(
    `CREATE MATERIALIZED VIEW counted ENGINE = SummingMergeTree ORDER BY origin AS SELECT origin, 1 AS n FROM ${table()}`,
  );
  const refused = (...args: readonly string[]) =>
    expect(replay(...args)).rejects.toMatchObject({ stderr: expect.stringContaining('counted') });
  await refused('--mode', 'replace');
  await refused('--mode', 'side-table', '--swap');
  await replay('--mode', 'replace', '--count-again');
  expect(await world.landed()).toEqual({ rows: 1_000, positions: 1_000, flights: 1_000 });
});

test('a side table takes the table’s place under load and has every row once', async () => {
  await sendAndLand(20_000);
  await execute(
    `ALTER TABLE ${table()} UPDATE destination = 'SPL' WHERE 1 SETTINGS mutations_sync = 2`,
  );
  const sending = world.keepSending(20_000, often);
  const done = await replay('--mode', 'side-table', '--swap');
  const sent = await sending.stop();
  await landing(sent);
  expect(done).toMatchObject({ phase: 'done', side: { table: `${table()}_${done.id}` } });
  const [row] = await world.database.query<{ spoilt: number }>(
    `SELECT countIf(destination = 'SPL')::UInt32 AS spoilt FROM ${table()}`,
  );
  expect(row!.spoilt).toBe(0);
  await settled(sent);
  await millrace('verify', world.contract.id);
  expect(await millrace('replay', 'list')).toContain(done.id);
  await millrace('replay', 'cancel', done.id);
  expect(await millrace('replay', 'list')).not.toContain(done.id);
  expect(await world.database.query(`SHOW TABLES LIKE '%${done.id}'`)).toEqual([]);
});

/** Offsets of the dead letters of this world's topic, in the order in which they were written. */
async function deadOffsets(): Promise<string[]> {
  const letters = await world.deadLetters();
  return letters.map(({ headers }) => String(headers['__connect.errors.offset']));
}

test('a record that was a dead letter stays one letter when its range is landed again', async () => {
  const topic = world.contract.topic.name;
  const garbage = { key: null, value: Buffer.from('no avro') };
  const records = [world.departure(0), garbage, world.departure(1)];
  await world.producer.send([{ topic, partition: 0, records }]);
  await landing(2);
  await settled(3);
  await execute(`TRUNCATE TABLE ${table()}`);
  const said = await millrace('replay', world.contract.id);
  expect(said).toContain('Refused: 1, which are dead letters and not in the table');
  await landing(2);
  expect(await deadOffsets()).toEqual(['1']);
});

test('dead letters land as the records that they were once their cause is cured; the rest stay letters', async () => {
  const topic = world.contract.topic.name;
  await execute(`ALTER TABLE ${table()} ADD CONSTRAINT early CHECK delay_minutes < 0`);
  const records = Array.from({ length: 24 }, (_, index) => world.departure(index));
  records[10] = { key: null, value: Buffer.from('no avro') };
  await world.producer.send([{ topic, partition: 1, records }]);
  await settled(24);
  expect((await world.landed()).rows).toBe(19);
  await execute(`ALTER TABLE ${table()} DROP CONSTRAINT early`);
  expect(await millrace('replay', world.contract.id)).toContain('Nothing to land');
  const said = await millrace('replay', world.contract.id, '--dead');
  expect(said).toContain('4 of 5 dead letters landed; 1 are refused still.');
  expect(await world.landed()).toEqual({ rows: 23, positions: 23, flights: 23 });
  expect(await deadOffsets()).toHaveLength(5);
  await millrace('verify', world.contract.id);
});

test('verify --repair lands what is missing and finds the table right', async () => {
  await sendAndLand(4_000);
  await execute(`DELETE FROM ${table()} WHERE _offset BETWEEN 10 AND 1200`);
  await expect(millrace('verify', world.contract.id)).rejects.toMatchObject({ code: 1 });
  const said = await millrace('verify', world.contract.id, '--repair');
  expect(said).toContain('every record landed once');
  expect(await world.landed()).toEqual({ rows: 4_000, positions: 4_000, flights: 4_000 });
});
