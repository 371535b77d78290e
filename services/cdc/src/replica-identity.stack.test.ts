import { afterEach, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from './testing/cdc-under-test.ts';

let cdc: CdcUnderTest;
afterEach(() => cdc.close());

const PLACEHOLDER = '__debezium_unavailable_value';

test('case 29, 30: what an update and a delete tell of the old row follows the replica identity', async () => {
  cdc = await createCdcUnderTest('cdc_identity');
  const columns = '(id int primary key, code text not null unique, v text)';
  await cdc.database.query(`
    create table by_default ${columns}; create table by_full ${columns};
    create table by_nothing ${columns}; create table keyless_full (id int, v text);
    alter table by_full replica identity full; alter table keyless_full replica identity full;
    alter table by_nothing replica identity nothing`);
  await (await cdc.start()).ready();
  for (const table of ['by_default', 'by_full']) {
    await cdc.database.query(`insert into ${table} values (1, 'c', 'a')`);
    await cdc.database.query(`update ${table} set v = 'b'`);
    await cdc.database.query(`delete from ${table}`);
  }
  await cdc.database.query(`insert into keyless_full values (1, 'a')`);
  await cdc.database.query(`update keyless_full set v = 'b'; delete from keyless_full`);
  // writers are not refused: only inserts of it are captured
  await cdc.database.query(`insert into by_nothing values (1, 'c', 'a')`);
  await cdc.database.query(`update by_nothing set v = 'b'; delete from by_nothing`);
  await cdc.caughtUp();
  const told = async (table: string) =>
    (await cdc.changes(table))
      .filter(({ value }) => value !== undefined)
      .map(({ key, value }) => [value?.op, key, value?.before]);
  const id = { id: 1 };
  expect(await told('by_default')).toEqual([
    ['c', id, null],
    ['u', id, null],
    ['d', id, { id: 1, code: '', v: null }],
  ]);
  expect(await told('by_full')).toEqual([
    ['c', id, null],
    ['u', id, { id: 1, code: 'c', v: 'a' }],
    ['d', id, { id: 1, code: 'c', v: 'b' }],
  ]);
  expect(await told('by_nothing')).toEqual([['c', id, null]]);
  expect(await told('keyless_full')).toEqual([
    ['c', null, null],
    ['u', null, { id: 1, v: 'a' }],
    ['d', null, { id: 1, v: 'b' }],
  ]);
});

test('case 33: long values of any kind that an UPDATE left alone are stand-ins, null stays null, and under FULL they are there', async () => {
  cdc = await createCdcUnderTest('cdc_untouched');
  const long = 'x'.repeat(20_000);
  await cdc.database.query('create extension hstore');
  for (const table of ['docs', 'docs_full']) {
    await cdc.database.query(
      `create table ${table} (id int primary key, n int, t text, j jsonb, l text[], b bytea, h hstore)`,
    );
    for (const column of ['t', 'j', 'l', 'b', 'h']) {
      await cdc.database.query(`alter table ${table} alter ${column} set storage external`);
    }
  }
  await cdc.database.query('alter table docs_full replica identity full');
  await (await cdc.start()).ready();
  for (const table of ['docs', 'docs_full']) {
    await cdc.database.query(
      `insert into ${table} values (1, 1, '${long}', '{"a": "${long}"}', '{${long}}', '${long}', 'a=>${long}')`,
    );
    await cdc.database.query(`update ${table} set n = 2`);
    await cdc.database.query(
      `update ${table} set t = null, j = null, l = null, b = null, h = null`,
    );
  }
  await cdc.caughtUp();
  const rows = async (table: string) =>
    (await cdc.changes(table)).map(({ value }) => [value?.before, value?.after]);
  const whole = {
    ...{ t: long, j: `{"a": "${long}"}`, l: [long], b: Buffer.from(long), h: `{"a":"${long}"}` },
  };
  const none = { t: null, j: null, l: null, b: null, h: null };
  const standIns = {
    ...{ t: PLACEHOLDER, j: PLACEHOLDER, l: [PLACEHOLDER], b: Buffer.from(PLACEHOLDER) },
    h: JSON.stringify({ [PLACEHOLDER]: PLACEHOLDER }),
  };
  expect(await rows('docs')).toEqual([
    [null, { id: 1, n: 1, ...whole }],
    [null, { id: 1, n: 2, ...standIns }],
    [null, { id: 1, n: 2, ...none }],
  ]);
  expect(await rows('docs_full')).toEqual([
    [null, { id: 1, n: 1, ...whole }],
    [
      { id: 1, n: 1, ...whole },
      { id: 1, n: 2, ...whole },
    ],
    [
      { id: 1, n: 2, ...whole },
      { id: 1, n: 2, ...none },
    ],
  ]);
});
