import { silentLogger } from '@millrace/pipeline';
import { createPostgresDatabase, type PostgresDatabase } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publicationNames } from '../source/publication.ts';
import { connectSource, type SourceConnection } from '../source/source-connection.ts';
import { checkSource } from './check-source.ts';

let database: PostgresDatabase;
let control: SourceConnection;
const publications = publicationNames('millrace_check');

beforeAll(async () => {
  database = await createPostgresDatabase('cdc_check');
  await database.query('create table keyed (id int primary key); create table keyless (id int)');
  control = await connectSource(database.url, 'check', 'test');
});
afterAll(async () => {
  await control.close();
  await database.drop();
});

const published = async (): Promise<readonly string[]> => {
  const { rows } = await database.query(
    'select pubname, tablename from pg_publication_tables order by pubname, tablename',
  );
  return rows.map(({ pubname, tablename }) => `${pubname}: ${tablename}`);
};

test('publications hold the captured tables, those without identity apart, and follow the patterns', async () => {
  const facts = await checkSource(control, ['public.*'], publications, silentLogger);
  expect(facts.tables.map(({ table }) => table)).toEqual(['keyed', 'keyless']);
  expect(facts.systemId).toMatch(/^\d+$/);
  expect(await published()).toEqual(['millrace_check: keyed', 'millrace_check_inserts: keyless']);
  await checkSource(control, ['public.keyed'], publications, silentLogger);
  expect(await published()).toEqual(['millrace_check: keyed']);
});

test('nothing to capture is said at the start', async () => {
  await expect(checkSource(control, ['none.*'], publications, silentLogger)).rejects.toMatchObject({
    code: 'cdc.source-unfit',
  });
});
