import { afterEach, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from './testing/cdc-under-test.ts';

let cdc: CdcUnderTest;
afterEach(() => cdc.close());

const inEncoding = (encoding: string): Promise<CdcUnderTest> =>
  createCdcUnderTest(
    `cdc_${encoding.toLowerCase()}`,
    `encoding '${encoding}' template template0 locale_provider libc locale 'C'`,
  );

test('case 39: a database in LATIN1 arrives in UTF-8, names, labels and values, by snapshot and stream', async () => {
  cdc = await inEncoding('LATIN1');
  const { database } = cdc;
  await database.query(`create type größe as enum ('für', 'groß')`);
  await database.query(
    `create table straße (id int primary key, ä text, g größe, l text[], j json)`,
  );
  const insert = (id: number) =>
    database.query(`insert into straße values (${id}, 'é¿ÿ', 'groß', '{ö,"ü,"}', '"ñ"')`);
  await insert(1);
  const service = await cdc.start({ MILLRACE_CDC_TABLES: 'public.straße' });
  await service.ready();
  await insert(2);
  await cdc.caughtUp();
  const changes = await cdc.changes('stra_e');
  const row = { _: 'é¿ÿ', g: 'groß', l: ['ö', 'ü,'], j: '"ñ"' };
  expect(changes.map(({ value }) => value?.after)).toEqual([
    { id: 1, ...row },
    { id: 2, ...row },
  ]);
  expect(changes[0]?.value?.source['table']).toBe('straße');
  expect(changes[0]?.valueSchemaText).toContain('"allowed":"für,groß"');
});

test('case 39: a database in SQL_ASCII is taken for UTF-8; other bytes stop the service, and nothing is passed over', async () => {
  cdc = await inEncoding('SQL_ASCII');
  const { database } = cdc;
  await database.query('create table t (id int primary key, v text)');
  await database.query(`insert into t values (1, 'é')`);
  const service = await cdc.start();
  await service.ready();
  await database.query(`insert into t values (2, E'\\xe9')`);
  await database.query(`insert into t values (3, 'x')`);
  expect((await service.exited).code).toBe(1);
  expect(service.lines.join('\n')).toContain('invalid byte sequence for encoding \\"UTF8\\"');
  expect((await cdc.changes('t')).map(({ value }) => value?.after?.['v'])).toEqual(['é']);
});
