import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from '../testing/cdc-under-test.ts';

const SALT = 'CzQMA0cB5K';
let cdc: CdcUnderTest;

beforeAll(async () => {
  cdc = await createCdcUnderTest('cdc_rules');
  await cdc.database.query(`
    create table people (id int primary key, name text, mail varchar(100), short varchar(10), bio text, secret text not null);
    create table hidden (id int primary key);
    create table lines (order_id int not null, place int, note text); alter table lines replica identity full;
    create table same (id int primary key, v text, hidden int); alter table same replica identity full;
    insert into people values (1, 'Ann', 'a@x', 'Ann', 'äöü𝄞ab', 's')`);
  const service = await cdc.start({
    MILLRACE_CDC_TABLES_EXCLUDE: 'public.hid*',
    MILLRACE_CDC_COLUMNS_EXCLUDE: 'public.people.secret,*.same.hidden',
    MILLRACE_CDC_COLUMNS_MASK: '5:public.people.name',
    MILLRACE_CDC_COLUMNS_MASK_HASH: 'SHA-256:*.people.mail,SHA-512:*.people.short',
    MILLRACE_CDC_MASK_HASH_SALT: SALT,
    MILLRACE_CDC_COLUMNS_TRUNCATE: '4:public.people.bio',
    MILLRACE_CDC_MESSAGE_KEY_COLUMNS: 'public.lines:order_id,place',
    MILLRACE_CDC_SKIP_UNCHANGED: 'true',
  });
  await service.ready();
});
afterAll(() => cdc.close());

const hash = (name: string, value: string) =>
  createHash(name).update(SALT).update(value).digest('hex');

test('case 40: excluded, masked, hashed and shortened columns, in the snapshot and in the stream alike', async () => {
  await cdc.database.query(`insert into people values (2, 'Ann', 'a@x', 'Ann', 'äöü𝄞ab', 's')`);
  await cdc.database.query(`insert into people values (3, null, null, null, 'äöü', 's')`);
  await cdc.database.query('insert into hidden values (1)');
  await cdc.caughtUp();
  const rows = (await cdc.changes('people')).map(({ value }) => value?.after);
  const known = {
    name: '*****',
    mail: hash('sha256', 'a@x'),
    short: hash('sha512', 'Ann').slice(0, 10),
    // four UTF-16 units would split a pair
    bio: 'äöü',
  };
  expect(rows).toEqual([
    { id: 1, ...known },
    { id: 2, ...known },
    { id: 3, name: '*****', mail: null, short: null, bio: 'äöü' },
  ]);
  expect(await cdc.changes('hidden')).toEqual([]);
});

test('case 40: the schema says what was done to a column, as Debezium’s does', async () => {
  await cdc.caughtUp();
  const [first] = await cdc.changes('people');
  const text = first?.valueSchemaText ?? '';
  expect(text).toContain('"connect.parameters":{"masked":"true"}');
  expect(text).toContain('"connect.parameters":{"truncateLength":"4"}');
  expect(text).not.toContain('secret');
});

test('case 40: a chosen key, part of it null, is known of updates and deletes under FULL', async () => {
  await cdc.database.query(`insert into lines values (1, 1, 'a'), (1, null, 'b')`);
  await cdc.database.query(`update lines set note = 'c' where place = 1`);
  await cdc.database.query('update lines set place = 2 where place = 1');
  await cdc.database.query('delete from lines where place = 2');
  await cdc.caughtUp();
  const records = await cdc.changes('lines');
  expect(records.map(({ key, value }) => [key, value?.op])).toEqual([
    [{ order_id: 1, place: 1 }, 'c'],
    [{ order_id: 1, place: null }, 'c'],
    [{ order_id: 1, place: 1 }, 'u'],
    [{ order_id: 1, place: 1 }, 'd'],
    [{ order_id: 1, place: 1 }, undefined],
    [{ order_id: 1, place: 2 }, 'c'],
    [{ order_id: 1, place: 2 }, 'd'],
    [{ order_id: 1, place: 2 }, undefined],
  ]);
});

test('case 40: an update that changed no captured column is left out', async () => {
  await cdc.database.query(`insert into same values (1, 'a', 1)`);
  await cdc.database.query(`update same set v = 'a'`);
  await cdc.database.query('update same set hidden = 2');
  await cdc.database.query(`update same set v = 'b'`);
  await cdc.caughtUp();
  expect((await cdc.changes('same')).map(({ value }) => [value?.op, value?.after])).toEqual([
    ['c', { id: 1, v: 'a' }],
    ['u', { id: 1, v: 'b' }],
  ]);
});
