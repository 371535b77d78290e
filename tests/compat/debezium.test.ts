import { createPostgresDatabase, type PostgresDatabase, stackUnderTest } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DebeziumWorker, startDebezium } from '../debezium/debezium.ts';
import { acceptedDifferences } from './accepted-differences.ts';
import { type BothCaptures, startBoth } from './both-captures.ts';
import type { Comparison } from './differences.ts';
import { judge } from './judge.ts';
import { alone, before, during } from './statements.ts';
import { variants } from './variants.ts';

let worker: DebeziumWorker;
let database: PostgresDatabase;
const comparisons = new Map<string, Comparison>();

beforeAll(async () => {
  const { kafkaBrokers } = stackUnderTest();
  database = await createPostgresDatabase('compat');
  worker = await startDebezium({
    kafkaBrokers,
    properties: { 'offset.flush.interval.ms': '300' },
    onProgress: (detail) => process.stderr.write(`debezium: ${detail}\n`),
  });
  for (const statement of before) await database.query(statement);
  const running: BothCaptures[] = [];
  for (const variant of variants) running.push(await startBoth(worker, database, variant));
  // The first transaction after a start does not know of the commit before it: let that be a tick.
  for (const both of running) await both.caughtUp();
  for (const statement of during) await database.query(statement);
  for (const statement of alone) {
    for (const both of running) await both.caughtUp();
    await database.query(statement);
  }
  for (const [i, both] of running.entries()) {
    await both.caughtUp();
    await both.snapshot();
    comparisons.set(variants[i]?.name ?? '', await both.compare());
    await both.stop();
  }
  for (const [name, { records, fields }] of comparisons)
    process.stderr.write(`${name}: ${records} records, ${fields} fields compared\n`);
});

afterAll(async () => {
  await worker?.stop();
  await database?.drop();
});

test.each(variants.map(({ name }) => name))(
  'in %s nothing differs from Debezium but what is accepted',
  (name) => {
    const comparison = comparisons.get(name);
    expect(comparison?.records).toBeGreaterThan(50);
    expect(judge(comparison?.differences ?? []).unexpected).toEqual([]);
  },
);

test('every accepted difference still occurs', () => {
  const used = [...comparisons.values()].flatMap(({ differences }) => judge(differences).used);
  expect(acceptedDifferences.filter((accepted) => !used.includes(accepted))).toEqual([]);
});
