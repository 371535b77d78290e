import type { ChangeRecord, ServiceProcess } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SPECIAL_VALUES_HEADER } from './steps/encode-change.ts';
import { type CdcUnderTest, createCdcUnderTest } from './testing/cdc-under-test.ts';

let cdc: CdcUnderTest;
let service: ServiceProcess;

beforeAll(async () => {
  cdc = await createCdcUnderTest('cdc_changes');
  await cdc.database.query(`
    create type mood as enum ('sad', 'happy');
    create domain short as varchar(3);
    create table pairs (id int primary key, v text);
    create table keyless_full (a int, b text); alter table keyless_full replica identity full;
    create table keyless (a int, b text);
    create table big (id int primary key, doc text not null, n int); alter table big alter doc set storage external;
    create table big_full (id int primary key, doc text, n int);
    alter table big_full alter doc set storage external; alter table big_full replica identity full;
    create table shapes (id int primary key, v text);
    create schema "Odd Schema"; create table "Odd Schema"."Quoted "" . Table" ("Id #" int primary key, "ünï" text);
    create table emptied (id int primary key);
    create table parts (id int primary key, v text) partition by range (id);
    create table parts_low partition of parts for values from (0) to (100);
    create table parts_high partition of parts for values from (100) to (200);
    create table kinds (id int primary key, b bool, i2 int2, i8 int8, f4 float4, f8 float8, n numeric, d numeric(10,2),
      t time, tz timetz, ts timestamp, ts3 timestamp(3), tt timestamptz, da date, iv interval, by bytea, u uuid,
      j jsonb, m mood, s short, ip inet, r int4range, ai int[], at text[], am mood[], mo money)`);
  await cdc.database.query(
    "insert into kinds values (1, true, -2, 9223372036854775807, 'NaN', '-Infinity', 'NaN', 12.30, '24:00', '01:02:03.5+02', '0044-03-15 12:00:00.000001 BC', '2026-01-02 03:04:05.678', 'infinity', '-infinity', '1 mon -2 days 00:00:00.5', '\\x00ff', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{\"a\":1.10}', 'happy', 'abc', '10.0.0.1/8', '[1,5)', '{1,null,3}', '{\"a b\",null,\"q\\\"\\\\\"}', '{sad,happy}', '-1234.11')",
  );
  service = await cdc.start();
  await service.ready();
});
afterAll(() => cdc.close());

const stream = async (table: string, schema?: string): Promise<readonly ChangeRecord[]> => {
  await cdc.caughtUp();
  return cdc.changes(table, schema);
};

test('an update, a delete with its tombstone, and a changed key as delete and create', async () => {
  await cdc.database.query("insert into pairs values (1, 'a')");
  await cdc.database.query("update pairs set v = 'b' where id = 1");
  await cdc.database.query('update pairs set id = 2 where id = 1');
  await cdc.database.query('delete from pairs where id = 2');
  const records = await stream('pairs');
  expect(
    records.map(({ key, value, headers }) => [
      key?.['id'],
      value?.op,
      value?.before,
      value?.after,
      Object.keys(headers),
    ]),
  ).toEqual([
    [1, 'c', null, { id: 1, v: 'a' }, []],
    [1, 'u', null, { id: 1, v: 'b' }, []],
    [1, 'd', { id: 1, v: null }, null, ['__debezium.newkey']],
    [1, undefined, undefined, undefined, ['__debezium.newkey']],
    [2, 'c', null, { id: 2, v: 'b' }, ['__debezium.oldkey']],
    [2, 'd', { id: 2, v: null }, null, []],
    [2, undefined, undefined, undefined, []],
  ]);
  const lsns = records.flatMap(({ value }) =>
    value === undefined ? [] : [Number(value.source['lsn'])],
  );
  expect(lsns).toEqual([...lsns].sort((a, b) => a - b));
});

test('tables without a key: full rows under FULL, inserts alone without an identity, writers unharmed', async () => {
  await cdc.database.query(
    "insert into keyless_full values (1, 'x'); update keyless_full set b = 'y'; delete from keyless_full",
  );
  await cdc.database.query("insert into keyless values (1, 'x')");
  await cdc.database.query("update keyless set b = 'y'");
  const full = (await stream('keyless_full')).map(({ key, value }) => [
    key,
    value?.op,
    value?.before,
    value?.after,
  ]);
  expect(full).toEqual([
    [null, 'c', null, { a: 1, b: 'x' }],
    [null, 'u', { a: 1, b: 'x' }, { a: 1, b: 'y' }],
    [null, 'd', { a: 1, b: 'y' }, null],
  ]);
  expect((await stream('keyless')).map(({ value }) => value?.op)).toEqual(['c']);
});

test('an untouched TOASTed value is the placeholder, and the value itself under FULL', async () => {
  const doc = 'x'.repeat(20_000);
  for (const table of ['big', 'big_full']) {
    await cdc.database.query(`insert into ${table} values (1, '${doc}', 1)`);
    await cdc.database.query(`update ${table} set n = 2`);
  }
  expect((await stream('big')).at(-1)?.value?.after?.['doc']).toBe('__debezium_unavailable_value');
  const update = (await stream('big_full')).at(-1)?.value;
  expect(update?.after?.['doc']).toBe(doc);
  expect(update?.before?.['doc']).toBe(doc);
});

test('a column added, renamed, retyped and dropped shows in the next row; older rows stay readable', async () => {
  await cdc.database.query("insert into shapes values (1, 'a')");
  await cdc.database.query("alter table shapes add w int; insert into shapes values (2, 'b', 7)");
  await cdc.database.query(
    "alter table shapes rename v to vv; insert into shapes values (3, 'c', 8)",
  );
  await cdc.database.query(
    "alter table shapes alter w type text; insert into shapes values (4, 'd', 'nine')",
  );
  await cdc.database.query("alter table shapes drop vv; insert into shapes values (5, 'ten')");
  expect((await stream('shapes')).map(({ value }) => value?.after)).toEqual([
    { id: 1, v: 'a' },
    { id: 2, v: 'b', w: 7 },
    { id: 3, vv: 'c', w: 8 },
    { id: 4, vv: 'd', w: 'nine' },
    { id: 5, w: 'ten' },
  ]);
});

test('quoted names become legal topic, record and field names; partitions arrive under their root', async () => {
  await cdc.database.query(`insert into "Odd Schema"."Quoted "" . Table" values (1, 'é')`);
  const [odd] = await stream('Quoted___._Table', 'Odd_Schema');
  expect(odd?.value?.after).toEqual({ Id__: 1, _n_: 'é' });
  expect(odd?.value?.source).toMatchObject({ schema: 'Odd Schema', table: 'Quoted " . Table' });
  await cdc.database.query("insert into parts values (1, 'low'), (150, 'high')");
  expect((await stream('parts')).map(({ value }) => value?.after?.['v'])).toEqual(['low', 'high']);
});

test('a rolled-back transaction leaves nothing; a TRUNCATE is left out and counted', async () => {
  await cdc.database.query('begin; insert into emptied values (1); rollback');
  await cdc.database.query('insert into emptied values (2); truncate emptied');
  expect((await stream('emptied')).map(({ value }) => value?.after?.['id'])).toEqual([2]);
  await expect.poll(() => service.metric('millrace_cdc_skipped_truncate_tables_total')).toBe(1);
});

test('every kind of value is the same from the snapshot and from the stream, NaN and infinity included', async () => {
  await cdc.database.query('update kinds set id = 2');
  const records = await stream('kinds');
  const [fromSnapshot, , , fromStream] = records;
  const { id: one, ...snapshotRow } = { ...fromSnapshot?.value?.after };
  const { id: two, ...streamRow } = { ...fromStream?.value?.after };
  expect([one, two]).toEqual([1, 2]);
  expect(snapshotRow).toEqual(streamRow);
  expect(streamRow).toEqual({
    b: true,
    i2: -2,
    i8: 9223372036854775807n,
    f4: Number.NaN,
    f8: Number.NEGATIVE_INFINITY,
    n: null,
    d: Buffer.from([0x04, 0xce]),
    t: 86_400_000_000,
    tz: '23:02:03.5Z',
    ts: -63517780799999999n,
    ts3: 1767323045678,
    tt: 'infinity',
    da: -2147483648,
    iv: 2457000500000,
    by: Buffer.from([0, 255]),
    u: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
    j: '{"a": 1.10}',
    m: 'happy',
    s: 'abc',
    ip: '10.0.0.1/8',
    r: '[1,5)',
    ai: [1, null, 3],
    at: ['a b', null, 'q"\\'],
    am: ['sad', 'happy'],
    mo: Buffer.from([0xfe, 0x1d, 0xed]),
  });
  expect(fromSnapshot?.headers[SPECIAL_VALUES_HEADER]?.toString()).toBe('n=NaN');
});
