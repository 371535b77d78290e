import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistryClient } from '@millrace/avro';
import { changeTopic, deadLetterHeaders, deadTopic, valueSubject } from '@millrace/contracts';
import { readCommitted, type ServiceProcess, stackUnderTest } from '@millrace/testkit';
import { afterEach, expect, test } from 'vitest';
import { DEAD_LETTER_ROW_HEADER } from '../dead/dead-letter.ts';
import { type CdcUnderTest, createCdcUnderTest } from '../testing/cdc-under-test.ts';

let cdc: CdcUnderTest;
let service: ServiceProcess;
const projects: string[] = [];
afterEach(async () => {
  await cdc.close();
  for (const folder of projects.splice(0)) await rm(folder, { recursive: true });
});

const PATIENCE = { timeout: 60_000, interval: 100 } as const;
/** New schemas must read what old ones wrote: a column NOT NULL more is refused, a nullable one is not. */
const strict = { MILLRACE_CDC_COMPATIBILITY: 'BACKWARD' };
const registry = () => createRegistryClient({ url: stackUnderTest().registryUrl });
const subject = (table: string) => valueSubject(changeTopic(cdc.source, 'public', table));

const setUp = async (
  env: Readonly<Record<string, string>>,
  ...statements: readonly string[]
): Promise<void> => {
  cdc = await createCdcUnderTest('cdc_policy');
  for (const statement of statements) await cdc.database.query(statement);
  service = await cdc.start(env);
  await service.ready();
};
const run = async (...statements: readonly string[]): Promise<void> => {
  for (const statement of statements) await cdc.database.query(statement);
};
const rows = async (table: string) =>
  (await cdc.changes(table)).flatMap(({ value }) =>
    value === undefined ? [] : [[value.op, value.after]],
  );
const deadLetters = async () => {
  const letters: { row: unknown; error: string; bytes: number }[] = [];
  const records = await readCommitted(stackUnderTest().kafkaBrokers, deadTopic('cdc'));
  for (const { headers, value } of records) {
    if (!String(headers[deadLetterHeaders.topic]).startsWith(`changes.${cdc.source}.`)) continue;
    letters.push({
      row: JSON.parse(String(headers[DEAD_LETTER_ROW_HEADER])),
      error: String(headers[deadLetterHeaders.exceptionClass]),
      bytes: value?.length ?? 0,
    });
  }
  return letters;
};
const ADD = 'alter table t add n int not null default 0; alter table t alter n drop default';

test('new_version: registered although incompatible, with a warning and a count; the level is what it was', async () => {
  await setUp(strict, 'create table t (id int primary key)');
  await run('insert into t values (1)', ADD, 'insert into t values (2, 7)');
  await cdc.caughtUp();
  expect(await rows('t')).toEqual([
    ['c', { id: 1 }],
    ['c', { id: 2, n: 7 }],
  ]);
  expect(service.lines.join('\n')).toContain('readers of the topic cannot take it');
  expect(await service.metric('millrace_cdc_incompatible_changes_total')).toBe(1);
  expect(await registry().compatibility(subject('t'))).toBe('BACKWARD');
});

test('a compatible change is registered and the stream goes on under every policy', async () => {
  await setUp(
    { ...strict, MILLRACE_CDC_SCHEMA_CHANGE: 'halt' },
    'create table t (id int primary key)',
  );
  await run('insert into t values (1)', 'alter table t add n int', 'insert into t values (2, 7)');
  await cdc.caughtUp();
  expect(await rows('t')).toEqual([
    ['c', { id: 1 }],
    ['c', { id: 2, n: 7 }],
  ]);
});

test('halt: the service stops before the first row of the new shape, again when started, and goes on there when cured', async () => {
  const env = { ...strict, MILLRACE_CDC_SCHEMA_CHANGE: 'halt' };
  await setUp(
    env,
    'create table t (id int primary key)',
    'create table other (id int primary key)',
  );
  await run(
    `begin; insert into t values (1); insert into other values (1); ${ADD};
     insert into other values (2); insert into t values (2, 7); insert into other values (3); commit`,
    'insert into t values (3, 8)',
  );
  expect(await service.exited).not.toBe(0);
  expect(service.lines.join('\n')).toContain('cdc.schema-incompatible');
  expect(await rows('t')).toEqual([['c', { id: 1 }]]);
  expect(await rows('other')).toEqual([
    ['c', { id: 1 }],
    ['c', { id: 2 }],
  ]);
  const again = await cdc.start(env);
  await again.exited;
  expect(again.lines.join('\n')).toContain('cdc.schema-incompatible');
  service = await cdc.start({ ...strict, MILLRACE_CDC_SCHEMA_CHANGE: 'new_version' });
  await service.ready();
  await cdc.caughtUp();
  expect(await rows('t')).toEqual([
    ['c', { id: 1 }],
    ['c', { id: 2, n: 7 }],
    ['c', { id: 3, n: 8 }],
  ]);
  expect((await rows('other')).length).toBe(3);
});

test('dead_letter: the rows wait there over a kill -9, others flow, and a compatible shape has the table read anew', async () => {
  const env = { ...strict, MILLRACE_CDC_SCHEMA_CHANGE: 'dead_letter' };
  await setUp(
    env,
    'create table t (id int primary key, doc text); alter table t alter doc set storage external',
    'create table other (id int primary key)',
  );
  const doc = (letter: string) => `repeat('${letter}', 20000)`;
  await run(
    `insert into t select g, ${doc('a')} from generate_series(1, 3) g`,
    ADD,
    `insert into t values (4, ${doc('a')}, 7)`,
    `update t set doc = ${doc('b')}, n = 1 where id = 1`,
    'delete from t where id = 2',
    'insert into other values (1)',
  );
  await cdc.caughtUp();
  await expect.poll(() => service.metric('millrace_cdc_incompatible_tables'), PATIENCE).toBe(1);
  service.kill('SIGKILL');
  await service.exited;
  service = await cdc.start(env);
  await service.ready();
  expect(await service.metric('millrace_cdc_incompatible_tables')).toBe(1);
  await run('update t set n = 2 where id = 3', 'insert into other values (2)');
  await cdc.caughtUp();
  expect((await rows('t')).length).toBe(3);
  expect((await rows('other')).length).toBe(2);
  const letters = await deadLetters();
  expect(letters.map(({ row }) => (row as { id: string }).id)).toEqual(['4', '1', '2', '3']);
  expect(new Set(letters.map(({ error }) => error))).toEqual(new Set(['cdc.schema-incompatible']));
  expect(letters[0]?.bytes).toBeGreaterThan(20_000);

  // the update that makes it compatible does not send the text that changed while nobody looked
  await run('begin; alter table t alter n drop not null; update t set n = 9 where id = 1; commit');
  const newest = async () => {
    const seen = new Map<unknown, unknown>();
    for (const { key, value } of await cdc.changes('t')) {
      const after = value?.after;
      if (value !== undefined)
        seen.set(key?.['id'], after && [String(after['doc'])[0], after['n']]);
    }
    return Object.fromEntries(seen as Map<string, unknown>);
  };
  await expect.poll(newest, PATIENCE).toMatchObject({ 1: ['b', 9], 3: ['a', 2], 4: ['a', 7] });
  const told = (await cdc.changes('t')).filter(({ value }) => value?.after?.['n'] !== undefined);
  expect(told.filter(({ value }) => String(value?.after?.['doc']).startsWith('__'))).toEqual([]);
  await expect.poll(() => service.metric('millrace_cdc_incompatible_tables')).toBe(0);
});

const contractOf = async (schemaChange: string): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'cdc-contract-'));
  projects.push(folder);
  await mkdir(join(folder, 'schemas', 'tests'), { recursive: true });
  await writeFile(
    join(folder, 'schemas', 'tests', 'things.avsc'),
    JSON.stringify({
      ...{ type: 'record', name: 'things', namespace: 'tests' },
      fields: [
        { name: 'id', type: 'int' },
        { name: 'amount', type: 'int' },
      ],
    }),
  );
  await writeFile(
    join(folder, 'schemas', 'tests', 'things.odcs.yaml'),
    `apiVersion: v3.1.0
kind: DataContract
id: tests.things
name: things
version: 1.0.0
status: active
domain: tests
description:
  purpose: A table of tests.
team:
  name: tests
schema:
  - name: things
    physicalType: topic
    description: For tests.
    properties:
      - name: id
        logicalType: integer
        description: The key.
        classification: public
      - name: amount
        logicalType: integer
        description: How many.
        classification: public
customProperties:
  - property: millrace
    value:
      source: { kind: change, name: ${cdc.source}, table: public.things }
      key: [id]
      schemaChange: ${schemaChange}
`,
  );
  return folder;
};

test('a column of a contract dropped or retyped is incompatible by itself, and the contract says what happens then', async () => {
  cdc = await createCdcUnderTest('cdc_policy');
  await run('create table things (id int primary key, amount int not null, more text)');
  const env = { MILLRACE_PROJECT: await contractOf('halt'), MILLRACE_CDC_TABLES: 'public.things' };
  service = await cdc.start(env);
  await service.ready();
  await run(
    'alter table things drop more',
    'insert into things values (1, 5)',
    'alter table things alter amount type text',
    "insert into things values (2, 'six')",
  );
  await service.exited;
  expect(service.lines.join('\n')).toMatch(/the contract tests.things cannot read it: amount/);
  const told = await cdc.changes('things');
  expect(told.map(({ value }) => value?.after)).toEqual([{ id: 1, amount: 5 }]);
  service = await cdc.start({ ...env, MILLRACE_PROJECT: await contractOf('dead_letter') });
  await service.ready();
  await run('alter table things drop amount', 'insert into things values (3)');
  await cdc.caughtUp();
  const letters = await deadLetters();
  expect(letters.map(({ row }) => row)).toEqual([{ id: '2', amount: 'six' }, { id: '3' }]);
});
