import {
  createPostgresDatabase,
  type PostgresDatabase,
  type ServiceProcess,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from '../testing/cdc-under-test.ts';
import { listTables } from './catalog.ts';
import { connectSource, type SourceConnection } from './source-connection.ts';

let database: PostgresDatabase;
let control: SourceConnection;
let cdc: CdcUnderTest | undefined;
let service: ServiceProcess;

beforeAll(async () => {
  database = await createPostgresDatabase('cdc_has_identity');
  control = await connectSource(database.url, 'identity', 'test');
});
afterAll(async () => {
  await cdc?.close();
  await control.close();
  await database.drop();
});

const PATIENCE = { timeout: 60_000, interval: 50 } as const;

/** Each makes one table or one tree, `a` and `b` being its columns, and a row (1, 1). */
const tables: Readonly<Record<string, string>> = {
  keyed: 'create table keyed (a int primary key, b int)',
  keyless: 'create table keyless (a int, b int)',
  deferrable_key: 'create table deferrable_key (a int primary key deferrable, b int)',
  by_full: 'create table by_full (a int, b int); alter table by_full replica identity full',
  by_nothing:
    'create table by_nothing (a int primary key, b int); alter table by_nothing replica identity nothing',
  by_index: `create table by_index (a int primary key, b int not null); create unique index by_index_b on by_index (b);
    alter table by_index replica identity using index by_index_b`,
  index_dropped: `create table index_dropped (a int primary key, b int not null);
    create unique index dropped_b on index_dropped (b);
    alter table index_dropped replica identity using index dropped_b; drop index dropped_b`,
  only_unique: 'create table only_unique (a int not null unique, b int)',
  tree: `create table tree (a int primary key, b int) partition by range (a);
    create table tree_1 partition of tree for values from (0) to (9)`,
  tree_of_full_root: `create table tree_of_full_root (a int, b int) partition by range (a);
    create table full_root_1 partition of tree_of_full_root for values from (0) to (9);
    alter table tree_of_full_root replica identity full`,
  tree_of_full_leaves: `create table tree_of_full_leaves (a int, b int) partition by range (a);
    create table full_leaves_1 partition of tree_of_full_leaves for values from (0) to (9);
    alter table full_leaves_1 replica identity full`,
  tree_of_blind_leaf: `create table tree_of_blind_leaf (a int primary key, b int) partition by range (a);
    create table blind_leaf_1 partition of tree_of_blind_leaf for values from (0) to (9);
    alter table blind_leaf_1 replica identity nothing`,
};

test('case 29, 30: a table has a replica identity exactly where PostgreSQL lets its published updates pass', async () => {
  await database.query(Object.values(tables).join(';'));
  const verdicts = new Map(
    (await listTables(control, 'root')).map(({ hasIdentity, table }) => [table, hasIdentity]),
  );
  await database.query('create publication everything for all tables');
  for (const table of Object.keys(tables)) {
    await database.query(`insert into ${table} values (1, 1)`);
    const passes = await database.query(`update ${table} set a = 2`).then(
      () => true,
      (error: Error) => error.message.includes('does not have a replica identity') && false,
    );
    expect([table, verdicts.get(table)]).toEqual([table, passes]);
  }
  expect([...verdicts.values()].filter(Boolean)).toHaveLength(5);
});

test('an identity that goes or comes while the table streams moves it between the publications; updates pass and are told', async () => {
  cdc = await createCdcUnderTest('cdc_moves');
  const { query } = cdc.database;
  await query('create table t (a int primary key, b int)');
  await query('create table other (a int primary key)');
  service = await cdc.start({ MILLRACE_CDC_TABLES_POLL: '100ms' });
  await service.ready();
  await query('insert into t values (1, 1)');
  const update = (b: number) => query('update t set b = $1', [b]);
  const moved = (publication: string): Promise<void> =>
    expect
      .poll(
        async () =>
          (await query(`select pubname from pg_publication_tables where tablename = 't'`)).rows,
        PATIENCE,
      )
      .toEqual([{ pubname: expect.stringMatching(publication) }]);

  await query('alter table t replica identity nothing');
  await moved('_inserts$');
  await update(2);
  await query('insert into t values (2, 1)');
  await query('alter table t replica identity default');
  await moved('[^s]$');
  await expect
    .poll(() => service.lines.some((line) => line.includes('table snapshot complete')), PATIENCE)
    .toBe(true);
  await update(3);
  await query('alter table t replica identity full');
  await update(4);
  await cdc.caughtUp();
  const told = (await cdc.changes('t')).map(({ key, value }) => [
    ...[key?.['a'], value?.op, value?.after?.['b'], value?.before?.['b']],
  ]);
  expect(told.filter(([a]) => a === 1)).toEqual([
    [1, 'c', 1, undefined],
    // the update that nobody could tell is told by the row
    [1, 'r', 2, undefined],
    [1, 'u', 3, undefined],
    [1, 'u', 4, 3],
  ]);
});
