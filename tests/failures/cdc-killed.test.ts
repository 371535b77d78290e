/** cdc is killed at random moments while a writer runs: afterwards the topic holds every change once. */
import { changeTopic } from '@millrace/contracts';
import { type RunningStack, startStack } from '@millrace/stack';
import {
  auditVersions,
  createPostgresDatabase,
  momentOfChance,
  type PostgresDatabase,
  readChangeLog,
  startService,
  startVersionedWriter,
  versionedRows,
  versionedTableDdl,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROUNDS = 8;
let stack: RunningStack;
let database: PostgresDatabase;

beforeAll(async () => {
  stack = await startStack({ backend: 'embedded' });
  database = await createPostgresDatabase('killed', stack.endpoints.postgresUrl);
});
afterAll(async () => {
  await database.drop();
  await stack.stop();
});

test('killed at random moments, from the first start on, it leaves no gap and no duplicate', async () => {
  await database.query(versionedTableDdl('accounts'));
  const settings = {
    MILLRACE_KAFKA_BROKERS: stack.endpoints.kafkaBrokers,
    MILLRACE_REGISTRY_URL: stack.endpoints.registryUrl,
    MILLRACE_POSTGRES_URL: database.url,
    MILLRACE_CDC_SOURCE: 'killed',
    MILLRACE_CDC_TABLES: 'public.*',
    MILLRACE_CDC_BATCH_RECORDS_MAX: '25',
  };
  const writer = startVersionedWriter(database.connect, 'accounts');
  for (let round = 0; round < ROUNDS; round++) {
    const service = await startService('cdc', settings);
    // the moment of the kill is what is tried here: any point from the start to the busy stream
    await momentOfChance(300, 3_300);
    service.kill('SIGKILL');
    await service.exited;
  }
  await writer.stop();

  const last = await startService('cdc', settings);
  await last.ready();
  const { rows } = await database.query('select pg_current_wal_lsn()::text as lsn');
  await expect
    .poll(
      async () =>
        (
          await database.query(
            'select confirmed_flush_lsn >= $1::pg_lsn as done from pg_replication_slots',
            [rows[0].lsn],
          )
        ).rows[0]?.done,
      { interval: 100 },
    )
    .toBe(true);
  const changes = await readChangeLog(stack.endpoints, changeTopic('killed', 'public', 'accounts'));
  const audit = auditVersions(changes);
  expect(audit.problems).toEqual([]);
  expect(audit.rows).toEqual(await versionedRows(await database.connect(), 'accounts'));
  expect((await last.stop()).code).toBe(0);
});
