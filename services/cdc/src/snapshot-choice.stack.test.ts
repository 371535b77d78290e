import { afterEach, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from './testing/cdc-under-test.ts';

let cdc: CdcUnderTest;
afterEach(() => cdc.close());

const PATIENCE = { timeout: 60_000, interval: 20 } as const;
const select = (statements: Readonly<Record<string, string>>) => ({
  MILLRACE_CDC_SNAPSHOT_SELECT: JSON.stringify(statements),
});
const rows = async (table: string) =>
  (await cdc.changes(table)).map(({ value }) => [
    value?.op,
    value?.after?.['id'],
    value?.source['snapshot'],
  ]);

test('a statement chooses and orders the rows of its table; the stream and other tables are not limited', async () => {
  cdc = await createCdcUnderTest('cdc_select');
  await cdc.database.query(`
    create table t (id int primary key, v text); insert into t select g, 'v' from generate_series(1, 9) g;
    create table wanted (id int primary key); insert into wanted values (2), (7), (4)`);
  const service = await cdc.start(
    select({
      'public.t':
        'select v, t.id, 1 as other from t join wanted using (id) order by id desc -- newest first\n;',
    }),
  );
  await service.ready();
  await cdc.database.query("insert into t values (10, 'v')");
  await cdc.caughtUp();
  expect((await rows('t')).map(([op, id]) => [op, id])).toEqual([
    ['r', 7],
    ['r', 4],
    ['r', 2],
    ['c', 10],
  ]);
  expect(await rows('wanted')).toHaveLength(3);
});

test('a statement or condition that PostgreSQL refuses, or without the table’s columns in their types, stops the start by name', async () => {
  cdc = await createCdcUnderTest('cdc_select_bad');
  await cdc.database.query('create table t (id int primary key, v text)');
  const refusals: readonly (readonly [Record<string, string>, string])[] = [
    [select({ 'public.t': 'select nonsense from nowhere' }), 'nowhere'],
    [select({ 'public.t': 'select id from t' }), '\\"v\\" does not exist'],
    [select({ 'public.t': 'select id::bigint as id, v from t' }), '\\"id\\" is of another type'],
    [select({ 'public.t': 'select * from t) x; drop table t; --' }), 'syntax error'],
    [{ MILLRACE_CDC_SNAPSHOT_WHERE: '{"public.t": "no_such > 1"}' }, 'no_such'],
    [
      { MILLRACE_CDC_SNAPSHOT_WHERE: '{"public.t": "true) limit 0; drop table t; select (1"}' },
      'multiple',
    ],
  ];
  for (const [env, reason] of refusals) {
    const service = await cdc.start(env);
    expect(await service.exited).toMatchObject({ code: 1 });
    const said = service.lines.join('\n');
    expect(said).toContain('cdc.choice-invalid');
    expect(said).toContain('the rows chosen of public.t');
    expect(said).toContain(reason);
  }
  const { rowCount } = await cdc.database.query(
    'select from pg_replication_slots where database = current_database()',
  );
  expect(rowCount).toBe(0);
});

test('the last row is marked although ranges, partitions and tables behind it are empty', async () => {
  cdc = await createCdcUnderTest('cdc_last');
  await cdc.database.query(`
    create table a (id int primary key, v text);
    insert into a select g, repeat('x', 500) from generate_series(1, 500) g;
    delete from a where id > 100;
    create table p (id int primary key) partition by range (id);
    create table p1 partition of p for values from (0) to (10);
    create table p2 partition of p for values from (10) to (20);
    insert into p values (1), (2);
    create table z (id int primary key)`);
  const service = await cdc.start({ MILLRACE_CDC_SNAPSHOT_CHUNK_BYTES: '32768' });
  await service.ready();
  const markers = async (table: string) => (await rows(table)).map(([, , marker]) => marker);
  const [a, p] = [await markers('a'), await markers('p')];
  expect([a.length, p.length]).toEqual([100, 2]);
  expect([a.at(-1), p.at(-1)]).toEqual(['last_in_data_collection', 'last']);
  expect([...a, ...p].filter((marker) => marker === 'last')).toHaveLength(1);
  expect(await service.metric('millrace_cdc_snapshot_done_tables')).toBe(3);
});

test('a table that others inherit from is read without their rows, in the snapshot and beside the stream', async () => {
  cdc = await createCdcUnderTest('cdc_inherit');
  await cdc.database.query(`
    create table parent (id int primary key); create table child (primary key (id)) inherits (parent);
    insert into parent values (1); insert into child values (2)`);
  const service = await cdc.start({
    MILLRACE_CDC_TABLES: 'public.parent',
    MILLRACE_CDC_SNAPSHOT_MODE: 'always',
  });
  await service.ready();
  const { rows: published } = await cdc.database.query(
    'select tablename from pg_publication_tables',
  );
  expect(published).toEqual([{ tablename: 'parent' }]);
  // the very first start has read the table already
  await cdc.database.query('insert into parent values (5)');
  await cdc.caughtUp();
  await cdc.stopAll();
  const isRead = ({ lines }: typeof service) =>
    lines.some((line) => line.includes('table snapshot complete'));
  expect(isRead(service)).toBe(false);
  const again = await cdc.start({
    MILLRACE_CDC_TABLES: 'public.parent',
    MILLRACE_CDC_SNAPSHOT_MODE: 'always',
  });
  await again.ready();
  await expect.poll(() => isRead(again), PATIENCE).toBe(true);
  await cdc.database.query('insert into child values (3); insert into parent values (4)');
  await cdc.caughtUp();
  expect((await rows('parent')).map(([op, id]) => [op, id])).toEqual([
    ['r', 1],
    ['c', 5],
    ['r', 1],
    ['r', 5],
    ['c', 4],
  ]);
});

test('a view, a foreign or an unlogged table that is named is refused as what it is', async () => {
  cdc = await createCdcUnderTest('cdc_view');
  await cdc.database.query(`
    create table t (id int primary key); create view v as select * from t;
    create materialized view m as select * from t; create unlogged table u (id int primary key)`);
  const service = await cdc.start({
    MILLRACE_CDC_TABLES: 'public.t,public.v,public.m,public.u',
  });
  expect(await service.exited).toMatchObject({ code: 1 });
  expect(service.lines.join('\n')).toContain(
    'public.m is a materialized view, public.u is an unlogged table, public.v is a view',
  );
});
