import type { ServiceProcess } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from '../testing/cdc-under-test.ts';
import { isVisible } from './read-rows.ts';
import { REREAD_HEADER, REREAD_LSN_HEADER } from './reread-unchanged.ts';

const DOC = 'x'.repeat(10_000);
const PLACEHOLDER = '__debezium_unavailable_value';
let cdc: CdcUnderTest;
let service: ServiceProcess;

beforeAll(async () => {
  cdc = await createCdcUnderTest('cdc_reread');
  await cdc.database.query(`
    create table docs (a int, b text, doc text, tags text[], raw bytea, j jsonb, n int, primary key (a, b));
    alter table docs alter doc set storage external, alter tags set storage external,
      alter raw set storage external, alter j set storage external`);
  service = await cdc.start({ MILLRACE_CDC_UNCHANGED_TOAST: 'reread' });
  await service.ready();
});
afterAll(() => cdc.close());

const stream = async () => {
  await cdc.caughtUp();
  return (await cdc.changes('docs')).filter(({ value }) => value !== undefined);
};

test('case 33: text, json, arrays and bytes that an UPDATE left alone are read again, named in a header', async () => {
  await cdc.database.query(
    `insert into docs values (1, 'k', $1, array_fill('tag'::text, array[2000]), convert_to($1, 'UTF8'),
       jsonb_build_object('v', $1::text), 1)`,
    [DOC],
  );
  await cdc.database.query('update docs set n = 2');
  const [created, updated] = await stream();
  expect(updated?.value?.after).toEqual({ ...created?.value?.after, n: 2 });
  expect(updated?.value?.after?.['doc']).toBe(DOC);
  expect(String(updated?.headers[REREAD_HEADER])).toBe('doc,tags,raw,j');
  expect(String(updated?.headers[REREAD_LSN_HEADER])).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/);
});

test('case 33: an explicit null stays null, and only what was not sent is read', async () => {
  await cdc.database.query('update docs set doc = null, n = 3');
  const last = (await stream()).at(-1);
  expect(last?.value?.after).toMatchObject({ doc: null, n: 3 });
  expect(String(last?.headers[REREAD_HEADER])).toBe('tags,raw,j');
});

test('case 33: the row of a changed key is whole, and the header of the old key is kept', async () => {
  await cdc.database.query(`update docs set doc = $1`, [DOC]);
  await cdc.database.query(`update docs set b = 'k2'`);
  const last = (await stream()).at(-1);
  expect(last?.value).toMatchObject({ op: 'c', before: null, after: { b: 'k2', doc: DOC } });
  expect(Object.keys(last?.headers ?? {})).toContain('__debezium.oldkey');
});

test('a value set and left alone within one transaction is the one that was set, never an older one', async () => {
  for (let i = 0; i < 20; i++) {
    const doc = String(i).repeat(6000);
    const client = await cdc.database.connect();
    await client.query('begin');
    await client.query('update docs set doc = $1', [doc]);
    await client.query('update docs set n = $1', [100 + i]);
    await client.query('commit');
    await expect
      .poll(async () => (await cdc.changes('docs')).at(-1)?.value?.after)
      .toMatchObject({ n: 100 + i, doc });
  }
});

test('a row that is gone before it can be read again keeps the placeholder, and the header says so', async () => {
  const client = await cdc.database.connect();
  await client.query('begin');
  await client.query('update docs set n = 200');
  await client.query('delete from docs');
  await client.query('commit');
  const records = await stream();
  const gone = records.find(({ value }) => value?.after?.['n'] === 200);
  expect(gone?.value?.after?.['doc']).toBe(PLACEHOLDER);
  expect(String(gone?.headers[REREAD_HEADER])).toBe('doc,tags,raw,j=gone');
  expect(records.at(-1)?.value?.op).toBe('d');
});

test('a column renamed before it can be read again does not stop the stream', async () => {
  await cdc.database.query(`insert into docs values (2, 'k', $1, '{}', '', '{}', 1)`, [DOC]);
  const client = await cdc.database.connect();
  await client.query('begin');
  await client.query('update docs set n = 300');
  await client.query('alter table docs rename doc to renamed');
  await client.query('update docs set n = 301');
  await client.query('commit');
  const records = await stream();
  expect(records.at(-2)?.value?.after).toMatchObject({ n: 300, doc: PLACEHOLDER });
  expect(records.at(-1)?.value?.after).toMatchObject({ n: 301, renamed: DOC });
});

test('a transaction shows in a snapshot when it is behind its end and does not run, beyond 2^32 too', () => {
  expect(isVisible('10:12:', 11)).toBe(true);
  expect(isVisible('10:12:', 12)).toBe(false);
  expect(isVisible('10:12:10,11', 10)).toBe(false);
  expect(isVisible('4294967299:4294967300:', 3)).toBe(true);
  expect(isVisible('4294967299:4294967300:', 4294967290)).toBe(true);
  expect(isVisible('4294967299:4294967300:4294967299', 3)).toBe(false);
});
