import { silentLogger } from '@millrace/pipeline';
import { createPostgresDatabase, type PostgresDatabase } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publicationNames } from '../source/publication.ts';
import { connectSource, type SourceConnection } from '../source/source-connection.ts';
import { checkSource } from './check-source.ts';

let database: PostgresDatabase;
let control: SourceConnection;
const publications = {
  names: publicationNames('millrace_check'),
  ...{ operations: ['insert', 'update', 'delete', 'truncate'], viaRoot: true, isManaged: true },
};

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
  const facts = await checkSource(control, ['public.*'], publications, 'root', silentLogger);
  expect(facts.tables.map(({ table }) => table)).toEqual(['keyed', 'keyless']);
  expect(facts.systemId).toMatch(/^\d+$/);
  expect(await published()).toEqual(['millrace_check: keyed', 'millrace_check_inserts: keyless']);
  await checkSource(control, ['public.keyed'], publications, 'root', silentLogger);
  expect(await published()).toEqual(['millrace_check: keyed']);
});

test('nothing to capture is said at the start; where it may come yet, it is worth another session', async () => {
  const check = (patterns: readonly string[]) =>
    checkSource(control, patterns, publications, 'root', silentLogger, { mayBegin: true });
  const unfit = { code: 'cdc.source-unfit', retryable: false };
  await expect(
    checkSource(control, ['none.*'], publications, 'root', silentLogger),
  ).rejects.toMatchObject(unfit);
  await expect(check(['none.*', 'public.later'])).rejects.toMatchObject({
    ...{ ...unfit, retryable: true },
    message: 'no table to capture: there is none named none.*, public.later',
  });
  await expect(check([])).rejects.toMatchObject(unfit);
});

test('operations are published as asked for, partitions by leaf, and what another must make is said as SQL', async () => {
  const wish = { ...publications, operations: ['insert', 'delete'], viaRoot: false };
  await checkSource(control, ['public.keyed'], wish, 'leaf', silentLogger);
  const { rows } = await database.query(
    "select pubinsert, pubupdate, pubdelete, pubtruncate, pubviaroot from pg_publication where pubname = 'millrace_check'",
  );
  expect(rows).toEqual([
    { pubinsert: true, pubupdate: false, pubdelete: true, pubtruncate: false, pubviaroot: false },
  ]);
  const foreign = { ...wish, names: publicationNames('millrace_other'), isManaged: false };
  await expect(
    checkSource(control, ['public.keyed'], foreign, 'leaf', silentLogger),
  ).rejects.toMatchObject({
    code: 'cdc.source-unfit',
    message: expect.stringContaining(
      'create publication "millrace_other" for table only "public"."keyed"',
    ),
  });
});
