import { createPostgresDatabase, type PostgresDatabase, stackUnderTest } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DebeziumWorker, startDebezium } from '../debezium/debezium.ts';
import { acceptedDifferences } from './accepted-differences.ts';
import { acceptedInMessages } from './accepted-in-messages.ts';
import { startBoth } from './both-captures.ts';
import type { Comparison } from './differences.ts';
import { judge } from './judge.ts';

const say = (transactional: boolean, prefix: string, content: string): string =>
  `select pg_logical_emit_message(${transactional}, '${prefix}', ${content})`;

/** Each element is sent at once. */
const statements: readonly string[] = [
  say(true, 'app', `'hello'`),
  `begin; insert into t values (1); ${say(true, 'app', `'in'`)}; ${say(false, 'app', `'beside'`)}; insert into t values (2); commit`,
  `${say(false, 'bytes', `'\\x00ff10'::bytea`)}`,
  `begin; ${say(true, 'app', `'never'`)}; ${say(false, 'app', `'all the same'`)}; rollback`,
  say(true, 'größe', `'ü'`),
  `${say(true, '', `''`)}; ${say(true, 'skip.it', `'x'`)}`,
  'insert into t values (3)',
];

let worker: DebeziumWorker;
let database: PostgresDatabase;
let comparison: Comparison;

beforeAll(async () => {
  database = await createPostgresDatabase('compat_messages');
  worker = await startDebezium({
    kafkaBrokers: stackUnderTest().kafkaBrokers,
    properties: { 'offset.flush.interval.ms': '300' },
    onProgress: (detail) => process.stderr.write(`debezium: ${detail}\n`),
  });
  await database.query('create table compat_tick (id serial primary key)');
  await database.query('create table t (id int primary key)');
  const both = await startBoth(worker, database, {
    name: 'messages',
    ours: { MILLRACE_CDC_MESSAGES_EXCLUDE: 'skip.*' },
    theirs: { 'message.prefix.exclude.list': String.raw`millrace\..*,skip\..*` },
  });
  await both.caughtUp();
  for (const statement of statements) await database.query(statement);
  await both.caughtUp();
  comparison = await both.compare();
  await both.stop();
  process.stderr.write(`messages: ${comparison.records} records, ${comparison.fields} fields\n`);
});

afterAll(async () => {
  await worker?.stop();
  await database?.drop();
});

test('case 32: logical messages do not differ from Debezium’s but in what is accepted, and all of that occurs', () => {
  expect(comparison.records).toBeGreaterThanOrEqual(9);
  const { unexpected, used } = judge(comparison.differences, [
    ...acceptedInMessages,
    ...acceptedDifferences,
  ]);
  expect(unexpected).toEqual([]);
  expect(acceptedInMessages.filter((accepted) => !used.includes(accepted))).toEqual([]);
});
