import { pace, type ServiceProcess } from '@millrace/testkit';
import { afterEach, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from '../testing/cdc-under-test.ts';

let cdc: CdcUnderTest;
afterEach(() => cdc.close());

const PATIENCE = { timeout: 60_000, interval: 20 } as const;
const env = { MILLRACE_CDC_SNAPSHOT_MODE: 'no_data' };

const blockingSnapshot = (tables: readonly string[], filters: Readonly<Record<string, string>>) =>
  cdc.database.query('select pg_logical_emit_message(true, $1, $2)', [
    `millrace.signal.${cdc.source}`,
    JSON.stringify({
      ...{ id: '1', type: 'execute-snapshot' },
      data: {
        ...{ 'data-collections': tables.map((table) => `public.${table}`), type: 'BLOCKING' },
        'additional-conditions': Object.entries(filters).map(([table, filter]) => ({
          ...{ 'data-collection': `public.${table}`, filter },
        })),
      },
    }),
  ]);
const told = (service: ServiceProcess, text: string): Promise<void> =>
  expect.poll(() => service.lines.some((line) => line.includes(text)), PATIENCE).toBe(true);
const rowsOf = async (table: string) =>
  (await cdc.changes(table)).map(({ value }) => ({
    op: value?.op,
    id: Number(value?.after?.['id'] ?? value?.before?.['id']),
    snapshot: value?.source['snapshot'],
  }));
/** How long a row takes to read, where a filter asks for it. */
const paced = (seconds: number) =>
  cdc.database.query(
    `create or replace function paced() returns bool language plpgsql as 'begin perform pg_sleep(${seconds}); return true; end'`,
  );

/** Inserts rows with growing ids until it is stopped; the last id. */
const startInserting = async (table: string, from: number) => {
  const writer = await cdc.database.connect();
  let [id, isStopped] = [from, false];
  const run = (async () => {
    while (!isStopped) {
      await writer.query(`insert into ${table} values (${++id}, 'new')`);
      await pace(1);
    }
  })();
  return {
    get id() {
      return id;
    },
    stop: async () => {
      isStopped = true;
      await run;
      return id;
    },
  };
};

test('case 14: while a blocking snapshot is read the stream stands still, then goes on: each row of a table without a key is told once on either side', async () => {
  cdc = await createCdcUnderTest('cdc_blocking');
  await cdc.database.query('create table t (id int, v text)');
  await cdc.database.query("insert into t select g, 'old' from generate_series(1, 3000) g");
  const service = await cdc.start(env);
  await service.ready();
  const inserting = await startInserting('t', 3000);
  await expect.poll(() => inserting.id, PATIENCE).toBeGreaterThan(3050);
  const open = await cdc.database.connect();
  await open.query("begin; insert into t values (-1, 'open')");
  await blockingSnapshot(['t'], {});
  await told(service, 'signal obeyed');
  await open.query("insert into t values (-2, 'open'); commit");
  await told(service, 'blocking snapshot committed');
  const atEnd = inserting.id;
  await expect.poll(() => inserting.id, PATIENCE).toBeGreaterThan(atEnd + 50);
  const last = await inserting.stop();
  await cdc.caughtUp();

  const rows = await rowsOf('t');
  const ops = rows.map(({ op }) => op);
  const [first, end] = [ops.indexOf('r'), ops.lastIndexOf('r')];
  expect(new Set(ops.slice(first, end + 1))).toEqual(new Set(['r']));
  const ids = (from: number, to: number) => rows.slice(from, to).map(({ id }) => id);
  const read = ids(first, end + 1);
  const [before, after] = [ids(0, first), ids(end + 1, rows.length)];
  expect(read.length).toBe(new Set(read).size);
  expect(new Set(before)).toEqual(new Set(read.filter((id) => id > 3000 || id < 0)));
  expect([...before, ...after].sort((a, b) => a - b)).toEqual([
    ...[-2, -1],
    ...Array.from({ length: last - 3000 }, (_, i) => 3001 + i),
  ]);
  expect(new Set([...read, ...after]).size).toBe(last + 2);
  expect(rows[first]?.snapshot).toBe('first');
  expect(rows[end]?.snapshot).toBe('last');
  expect(after.length).toBeGreaterThan(0);
  const { rows: slots } = await cdc.database.query(
    'select slot_name from pg_replication_slots where database = current_database()',
  );
  expect(slots).toHaveLength(1);
});

test('killed in the middle of a blocking snapshot, it is read after the restart: nothing lost, no row without a key twice, no older state behind a newer', async () => {
  cdc = await createCdcUnderTest('cdc_blocking_kill');
  await cdc.database.query(`
    create table keyless (id int, v text); create table keyed (id int primary key, n int)`);
  await paced(0.001);
  // a chunk of it is done in half a second, and all of it in more than three
  await cdc.database.query("insert into keyless select g, 'v' from generate_series(1, 3000) g");
  await cdc.database.query('insert into keyed select g, 0 from generate_series(1, 8000) g');
  const chunks = { ...env, MILLRACE_CDC_SNAPSHOT_CHUNK_BYTES: '16384' };
  const service = await cdc.start(chunks);
  await service.ready();
  await blockingSnapshot(['keyless', 'keyed'], { keyless: 'paced()', keyed: 'paced()' });
  await expect
    .poll(async () => (await service.metric('millrace_cdc_snapshot_done_bytes')) ?? 0, PATIENCE)
    .toBeGreaterThan(0);
  service.kill('SIGKILL');
  await service.exited;
  expect(await cdc.changes('keyless').catch(() => [])).toEqual([]);

  const second = await cdc.start(chunks);
  await expect
    .poll(async () => (await rowsOf('keyed').catch(() => [])).length, PATIENCE)
    .toBeGreaterThan(0);
  await cdc.database.query('update keyed set n = 1 where id % 10 = 0');
  second.kill('SIGKILL');
  await second.exited;
  await paced(0);
  const third = await cdc.start(chunks);
  await told(third, 'table snapshot complete');
  await cdc.database.query("insert into keyless values (3001, 'after')");
  await cdc.caughtUp();

  const keyless = await rowsOf('keyless');
  expect(keyless.map(({ id }) => id).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 3001 }, (_, i) => i + 1),
  );
  expect(keyless.at(-1)).toMatchObject({ op: 'c', id: 3001 });
  const state = new Map<number, number>();
  for (const { key, value } of await cdc.changes('keyed')) {
    const [id, n] = [Number(key?.['id']), Number(value?.after?.['n'])];
    expect(n).toBeGreaterThanOrEqual(state.get(id) ?? 0);
    state.set(id, n);
  }
  expect(state.size).toBe(8000);
  expect([...state].filter(([id, n]) => n !== (id % 10 === 0 ? 1 : 0))).toEqual([]);
  const reads = (await rowsOf('keyed')).filter(({ op, id }) => op === 'r' && id % 10 !== 0);
  expect(reads.length).toBe(new Set(reads.map(({ id }) => id)).size);
});

test('a blocking snapshot takes a SELECT as Debezium’s filter; one that PostgreSQL refuses ends that request alone', async () => {
  cdc = await createCdcUnderTest('cdc_blocking_select');
  await cdc.database.query(`
    create table t (id int primary key, v text); insert into t select g, 'v' from generate_series(1, 9) g`);
  const service = await cdc.start(env);
  await service.ready();
  await blockingSnapshot(['t'], { t: 'SELECT * FROM public.t WHERE id < 4 ORDER BY id DESC' });
  await told(service, 'blocking snapshot committed');
  await blockingSnapshot(['t'], { t: 'select nonsense' });
  await told(service, 'table snapshot given up');
  await blockingSnapshot(['t'], { t: 'true) limit 0; drop table t; select (1' });
  await blockingSnapshot(['none'], {});
  await cdc.database.query("insert into t values (10, 'v')");
  await cdc.caughtUp();
  expect((await rowsOf('t')).map(({ id, op }) => [op, id])).toEqual([
    ['r', 3],
    ['r', 2],
    ['r', 1],
    ['c', 10],
  ]);
  expect(service.lines.filter((line) => line.includes('table snapshot given up'))).toHaveLength(2);
});

test('a stop while the blocking snapshot waits for others’ transactions, or is read, takes seconds; it is taken up later', async () => {
  cdc = await createCdcUnderTest('cdc_blocking_stop');
  await cdc.database.query(`
    create table t (id int, v text); insert into t select g, 'v' from generate_series(1, 5) g;
    create table other (id int primary key)`);
  const service = await cdc.start(env);
  await service.ready();
  const open = await cdc.database.connect();
  await open.query('begin; insert into other values (1)');
  await blockingSnapshot(['t'], {});
  await expect
    .poll(
      async () =>
        (
          await cdc.database.query(
            'select from pg_replication_slots where temporary and database = current_database()',
          )
        ).rowCount,
      PATIENCE,
    )
    .toBe(1);
  const startedMs = performance.now();
  expect(await service.stop()).toMatchObject({ code: 0 });
  // What it waits for has no end.
  expect(performance.now() - startedMs).toBeLessThan(40_000);
  await open.query('commit');
  // the first message that the next one hears: by then it has to know what is still to be read
  await cdc.database.query('select pg_logical_emit_message(true, $1, $2)', [
    `millrace.signal.${cdc.source}`,
    JSON.stringify({ type: 'execute-snapshot', data: { 'data-collections': ['public.t'] } }),
  ]);
  const again = await cdc.start(env);
  await told(again, 'a signal was refused for tables that are being read');
  await told(again, 'blocking snapshot committed');
  await cdc.caughtUp();
  expect((await rowsOf('t')).map(({ id, op }) => [op, id])).toEqual(
    [1, 2, 3, 4, 5].map((id) => ['r', id]),
  );
  expect(await rowsOf('other')).toHaveLength(1);
});
