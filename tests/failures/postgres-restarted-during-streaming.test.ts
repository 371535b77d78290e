/**
 * PostgreSQL goes away and comes back while changes stream: cdc connects again by itself, nothing is lost. Its orderly
 * shutdown is not held up, although a walsender outlives the other sessions until its subscriber has confirmed all
 * or is gone: cdc, which loses its control session first, leaves.
 */
import { existsSync, readFileSync } from 'node:fs';
import { changeTopic } from '@millrace/contracts';
import { type RunningStack, startStack } from '@millrace/stack';
import {
  auditVersions,
  createPostgresDatabase,
  type FaultProxy,
  type PostgresDatabase,
  readChangeLog,
  type ServiceProcess,
  startFaultProxy,
  startService,
  startVersionedWriter,
  versionedRows,
  versionedTableDdl,
} from '@millrace/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';

let stack: RunningStack;
let database: PostgresDatabase;
let service: ServiceProcess;
let kafka: FaultProxy;

beforeAll(async () => {
  stack = await startStack({ backend: 'embedded' });
  database = await createPostgresDatabase('restarted', stack.endpoints.postgresUrl);
  await database.query(versionedTableDdl('accounts'));
  kafka = await startFaultProxy({
    target: stack.endpoints.kafkaBrokers,
    rewriteAdvertisedPort: true,
  });
  service = await startService('cdc', {
    MILLRACE_KAFKA_BROKERS: kafka.address,
    MILLRACE_REGISTRY_URL: stack.endpoints.registryUrl,
    MILLRACE_POSTGRES_URL: database.url,
    MILLRACE_CDC_SOURCE: 'restarted',
    MILLRACE_CDC_TABLES: 'public.*',
  });
  await service.ready();
});
afterAll(async () => {
  await service.stop();
  await kafka.close();
  await stack.stop();
});

const connect = async () => {
  const client = new pg.Client({ connectionString: database.url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
};

/** Waits until the slot is confirmed up to now, and compares the topic with the table. */
const expectTopicEqualsTable = async () => {
  const client = await connect();
  const { rows } = await client.query('select pg_current_wal_lsn()::text as lsn');
  await expect
    .poll(
      async () =>
        (
          await client.query(
            'select confirmed_flush_lsn >= $1::pg_lsn as done from pg_replication_slots',
            [rows[0].lsn],
          )
        ).rows[0]?.done,
      { interval: 100 },
    )
    .toBe(true);
  const audit = auditVersions(
    await readChangeLog(stack.endpoints, changeTopic('restarted', 'public', 'accounts')),
  );
  expect(audit.problems).toEqual([]);
  expect(audit.rows).toEqual(await versionedRows(client, 'accounts'));
  await client.end();
};

test('killed with SIGKILL and started again three times, the topic equals the table', async () => {
  const writer = startVersionedWriter(connect, 'accounts');
  for (let round = 0; round < 3; round++) {
    const before = writer.commits;
    await expect.poll(() => writer.commits).toBeGreaterThan(before + 30);
    await stack.kill('postgres');
    await stack.restart('postgres');
  }
  await writer.stop();
  await expectTopicEqualsTable();
  // the same process all along
  expect(await service.metric('millrace_cdc_session_retries_total')).toBeGreaterThan(0);
});

/** pg_ctl's fast shutdown: SIGINT to the postmaster, whose lock file goes last. */
const shutDownFast = async (): Promise<void> => {
  const client = await connect();
  const { rows } = await client.query(
    `select setting as data, exists(select from pg_stat_replication) as attached
     from pg_settings where name = 'data_directory'`,
  );
  expect(rows[0].attached).toBe(true);
  const lock = `${rows[0].data}/postmaster.pid`;
  process.kill(Number.parseInt(readFileSync(lock, 'utf8'), 10), 'SIGINT');
  await expect.poll(() => existsSync(lock)).toBe(false);
};

test.each(['answers', 'is stalled'])(
  'a fast shutdown under load ends while cdc is attached and Kafka %s, and loses nothing',
  async (kafkaState) => {
    await service.ready();
    const writer = startVersionedWriter(connect, 'accounts');
    await expect.poll(() => writer.commits).toBeGreaterThan(30);
    if (kafkaState === 'is stalled') kafka.stall();
    const before = writer.commits;
    await expect.poll(() => writer.commits).toBeGreaterThan(before + 30);
    await shutDownFast();
    kafka.restore();
    await stack.restart('postgres');
    await writer.stop();
    await expectTopicEqualsTable();
  },
);
