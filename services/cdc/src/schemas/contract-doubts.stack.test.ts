/** Contracts that do not agree with their tables: what only the capture can see is said, or stops it with the cure. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from '../testing/cdc-under-test.ts';

let cdc: CdcUnderTest;
const projects: string[] = [];
afterEach(async () => {
  await cdc.close();
  for (const folder of projects.splice(0)) await rm(folder, { recursive: true });
});

/** A project of one contract of public.things with its fields, all of them optional text but `a`. */
const projectOf = async (fields: readonly string[], cleanup: string): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'cdc-doubts-'));
  projects.push(folder);
  const schemas = join(folder, 'schemas', 'tests');
  await mkdir(schemas, { recursive: true });
  const optional = fields.map((name) => ({ name, type: ['null', 'string'], default: null }));
  const record = { type: 'record', name: 'things', namespace: 'tests' };
  await writeFile(
    join(schemas, 'things.avsc'),
    JSON.stringify({ ...record, fields: [{ name: 'a', type: 'int' }, ...optional] }),
  );
  const contract = {
    ...{ apiVersion: 'v3.1.0', kind: 'DataContract', id: 'tests.things', version: '1.0.0' },
    ...{ status: 'active', domain: 'tests', description: { purpose: 'A table of tests.' } },
    team: { name: 'tests' },
    schema: [{ name: 'things', properties: ['a', ...fields].map((name) => ({ name })) }],
    customProperties: [
      {
        property: 'millrace',
        value: {
          source: { kind: 'change', name: cdc.source, table: 'public.things' },
          ...{ key: ['a'], topic: { cleanup } },
        },
      },
    ],
  };
  await writeFile(join(schemas, 'things.odcs.yaml'), JSON.stringify(contract));
  return folder;
};

test('a field that no column fills, a generated one too, and a key that is not the table’s are told once', async () => {
  cdc = await createCdcUnderTest('cdc_doubts');
  await cdc.database.query(
    'create table things (a int, b text, twice text generated always as (b || b) stored, primary key (a, b))',
  );
  const service = await cdc.start({
    MILLRACE_PROJECT: await projectOf(['b', 'twice', 'misspelt'], 'delete'),
    MILLRACE_CDC_TABLES: 'public.things',
  });
  await service.ready();
  await cdc.database.query("insert into things values (1, 'x')");
  await cdc.caughtUp();
  const told = service.lines.filter((line) => line.includes('does not agree with its table'));
  expect(told).toHaveLength(1);
  expect(told[0]).toContain('the table sends no twice, misspelt');
  expect(told[0]).toContain("the contract's key is a, and the table's is a, b");
});

test('a table without a key on a compacted topic stops the capture with the table and the cure', async () => {
  cdc = await createCdcUnderTest('cdc_keyless');
  await cdc.database.query('create table things (a int not null); insert into things values (1)');
  const service = await cdc.start({
    MILLRACE_PROJECT: await projectOf([], 'compact'),
    MILLRACE_CDC_TABLES: 'public.things',
  });
  expect((await service.exited).code).toBe(1);
  const told = service.lines.join('\n');
  expect(told).toContain('cdc.source-unfit');
  expect(told).toMatch(/public\.things\S+ has no key, and \S+ is compacted.*cleanup: delete/);
});
