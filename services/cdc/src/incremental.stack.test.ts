import { cdcStateTopic } from '@millrace/contracts';
import { readPartition } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { type ServiceProcess, stackUnderTest } from '@millrace/testkit';
import { afterEach, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from './testing/cdc-under-test.ts';

let cdc: CdcUnderTest;
afterEach(() => cdc.close());

const PATIENCE = { timeout: 60_000, interval: 20 } as const;
const env = { MILLRACE_CDC_INCREMENTAL_CHUNK_ROWS: '100', MILLRACE_CDC_TABLES_POLL: '200ms' };

const signal = async (type: string, data: unknown = {}): Promise<void> => {
  await cdc.database.query(`select pg_logical_emit_message(true, $1, $2)`, [
    `millrace.signal.${cdc.source}`,
    JSON.stringify({ id: type, type, data }),
  ]);
};
const snapshotOf = (table: string, filter?: string): Promise<void> =>
  signal('execute-snapshot', {
    'data-collections': [`public.${table}`],
    ...(filter === undefined
      ? {}
      : { 'additional-conditions': [{ 'data-collection': `public.${table}`, filter }] }),
  });
const told = (service: ServiceProcess, text: string): Promise<void> =>
  expect
    .poll(() => service.lines.filter((line) => line.includes(text)).length, PATIENCE)
    .toBeGreaterThan(0);
const reads = async (table: string) =>
  (await cdc.changes(table)).filter(({ value }) => value?.source['snapshot'] === 'incremental');

const stateRecords = async () => {
  const connection = {
    brokers: stackUnderTest().kafkaBrokers.split(','),
    clientId: 'cdc-test',
    logger: silentLogger,
  };
  const facts: { offset: number; key: string; value: string }[] = [];
  for await (const { offset, key, value } of readPartition(connection, {
    ...{
      topic: cdcStateTopic(cdc.source),
      partition: 0,
      fromOffset: 0,
      isolation: 'read_committed',
    },
  }))
    facts.push({ offset, key: `${key}`, value: `${value}` });
  return facts;
};

const readSoFar = (table: string, count: number): Promise<void> =>
  expect.poll(async () => (await reads(table).catch(() => [])).length, PATIENCE).toBe(count);

test('while all rows are updated and the service is killed, no row read is older than a change before it', async () => {
  cdc = await createCdcUnderTest('cdc_window');
  await cdc.database.query('create table t (id int primary key, n int)');
  await cdc.database.query('insert into t select g, 0 from generate_series(1, 3000) g');
  const first = await cdc.start({ ...env, MILLRACE_CDC_SNAPSHOT_MODE: 'no_data' });
  await first.ready();
  await snapshotOf('t');
  const writer = await cdc.database.connect();
  for (let n = 1; n <= 12; n++) {
    await writer.query('update t set n = n + 1 where id % 12 = $1', [n - 1]);
    if (n === 4) {
      await expect.poll(async () => (await reads('t')).length, PATIENCE).toBeGreaterThan(100);
      first.kill('SIGKILL');
      await first.exited;
      await cdc.start({ ...env, MILLRACE_CDC_SNAPSHOT_MODE: 'no_data' });
    }
  }
  await expect
    .poll(
      async () => new Set((await cdc.changes('t')).map(({ key }) => key?.['id'])).size,
      PATIENCE,
    )
    .toBe(3000);
  await cdc.caughtUp();
  const seen = new Map<unknown, number>();
  for (const { key, value } of await cdc.changes('t')) {
    const n = Number(value?.after?.['n']);
    expect(n).toBeGreaterThanOrEqual(seen.get(key?.['id']) ?? 0);
    seen.set(key?.['id'], n);
  }
  expect([...new Set(seen.values())]).toEqual([1]);
  const ids = (await reads('t')).map(({ key }) => key?.['id']);
  expect(ids.length).toBe(new Set(ids).size);
});

test('a snapshot is limited by a condition, paused over a restart, resumed, stopped and asked for again', async () => {
  cdc = await createCdcUnderTest('cdc_signals');
  await cdc.database.query(
    'create table t (a text collate "und-x-icu", b numeric, v text, primary key (a, b))',
  );
  await cdc.database.query(
    "insert into t select chr(97 + g % 26) || upper(chr(97 + g % 7)), g / 8.0, 'x' from generate_series(1, 2000) g",
  );
  await cdc.database.query('create table keyless (a int)');
  const first = await cdc.start({ ...env, MILLRACE_CDC_SNAPSHOT_MODE: 'no_data' });
  await first.ready();
  await snapshotOf('t', 'b <= 10');
  await readSoFar('t', 80);

  await snapshotOf('t', 'no_such_column > 1');
  await told(first, 'no_such_column');

  await signal('pause-snapshot');
  await signal('nonsense');
  await told(first, 'a signal was refused');
  await cdc.caughtUp();
  first.kill('SIGKILL');
  await first.exited;
  // the first that the next one hears of the stream: by then it has to know that snapshots are paused
  await snapshotOf('t');
  const second = await cdc.start({ ...env, MILLRACE_CDC_SNAPSHOT_MODE: 'no_data' });
  await second.ready();
  await told(second, 'signal obeyed');
  // time for a chunk, had one been begun
  for (const message of ['one', 'two', 'three']) {
    await signal('log', { message });
    await told(second, message);
    await cdc.caughtUp();
  }
  expect(await reads('t')).toHaveLength(80);
  await signal('resume-snapshot');
  await readSoFar('t', 2080);

  await signal('pause-snapshot');
  await snapshotOf('t');
  await signal('stop-snapshot', { 'data-collections': ['public.t'] });
  await signal('resume-snapshot');
  await told(second, 'table snapshot given up');
  await snapshotOf('keyless');
  await expect
    .poll(() => second.lines.some((line) => line.includes('it has no key by which')), PATIENCE)
    .toBe(true);
  await cdc.caughtUp();
  expect(await reads('t')).toHaveLength(2080);
});

test('a table that comes later is read whole, also what an open transaction had written before it joined', async () => {
  cdc = await createCdcUnderTest('cdc_join');
  await cdc.database.query('create table first (id int primary key)');
  const service = await cdc.start(env);
  await service.ready();
  const open = await cdc.database.connect();
  await cdc.database.query('create table later (id int primary key)');
  await open.query('begin; insert into later values (1)');
  await cdc.database.query('insert into later values (2)');
  await told(service, 'new tables are captured');
  await open.query('insert into later values (3); commit');
  await told(service, 'table snapshot complete');
  await cdc.database.query('insert into later values (4)');
  await cdc.caughtUp();
  const later = await cdc.changes('later');
  expect(new Set(later.map(({ key }) => key?.['id']))).toEqual(new Set([1, 2, 3, 4]));

  await cdc.stopAll();
  await cdc.database.query('create table while_down (id int primary key)');
  await cdc.database.query('insert into while_down values (1), (2)');
  const again = await cdc.start(env);
  await again.ready();
  await readSoFar('while_down', 2);

  // between the two in different transactions, a kill would leave a table that is known and never read
  const facts = await stateRecords();
  for (const table of ['later', 'while_down']) {
    const known = facts.find(({ key, value }) => key === 'tables' && value.includes(`.${table} `));
    const begun = facts.find(({ key }) => key === `snapshot/public.${table}`);
    // a marker between them would take an offset
    expect(begun!.offset, table).toBe(known!.offset + 1);
  }
});

test('a table that was not captured for a while is read whole when it is again: over restarts, and by its name', async () => {
  cdc = await createCdcUnderTest('cdc_back');
  const captures = (without: string) => ({
    ...env,
    MILLRACE_CDC_TABLES: `*,!public.hidden${without}`,
  });
  await cdc.database.query(`
    create table kept (id int primary key);
    create table t (id int primary key); insert into t values (1)`);
  await (await cdc.start(captures(''))).ready();
  await cdc.stopAll();
  await (await cdc.start(captures(',!public.t'))).ready();
  await cdc.database.query('insert into t values (2)');
  await cdc.caughtUp();
  await cdc.stopAll();
  const service = await cdc.start(captures(''));
  await service.ready();
  await readSoFar('t', 2);

  await cdc.database.query('alter table t rename to hidden');
  await told(service, 'not captured any more');
  await cdc.database.query('insert into hidden values (3)');
  await cdc.database.query('alter table hidden rename to t');
  await readSoFar('t', 5);
});

test('a table that is renamed and gets its name back before anybody looks is read anew: rows of between are there', async () => {
  cdc = await createCdcUnderTest('cdc_renamed');
  await cdc.database.query('create table t (id int primary key); insert into t values (1)');
  const tables = { MILLRACE_CDC_TABLES: 'public.t', MILLRACE_CDC_TABLES_POLL: '3s' };
  const service = await cdc.start(tables);
  await service.ready();
  await cdc.database.query('alter table t rename to away; insert into away values (2)');
  await cdc.database.query('alter table away rename to t; insert into t values (3)');
  const ids = async () =>
    new Set((await cdc.changes('t')).map(({ value }) => value?.after?.['id'] as number));
  await expect.poll(ids, PATIENCE).toEqual(new Set([1, 2, 3]));
});
