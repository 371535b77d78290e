/** Back-pressure: Kafka stops answering for longer than PostgreSQL's patience with a silent subscriber. */
import { type FaultProxy, stackUnderTest, startFaultProxy } from '@millrace/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from './testing/cdc-under-test.ts';

const MIB = 1024 * 1024;
const TRANSACTIONS = 40;
const ROWS = 1000;
const WAITING_BYTES_MAX = MIB;
/** One piece that the socket had read already, and one batch. */
const OVERSHOOT_BYTES = MIB / 2;

let cdc: CdcUnderTest;
let proxy: FaultProxy;
beforeEach(async () => {
  cdc = await createCdcUnderTest('cdc_stalled');
  proxy = await startFaultProxy({
    target: stackUnderTest().kafkaBrokers,
    rewriteAdvertisedPort: true,
  });
});
afterEach(async () => {
  await cdc.close();
  await proxy.close();
});

/** Behind the first transaction of the stall: what others write up to it may be confirmed, nothing further. */
let firstLsn: string;

const insert = async (transaction: number): Promise<void> => {
  await cdc.database.query(
    `insert into t select g, repeat('x', 1000) from generate_series($1::int + 1, $1::int + ${ROWS}) g`,
    [transaction * ROWS],
  );
};

const sender = async () => {
  const { rows } = await cdc.database.query(
    `select active_pid as pid, extract(epoch from reply_time)::float8 as "repliedAt",
            confirmed_flush_lsn <= $1::pg_lsn as "notMoved",
            pg_wal_lsn_diff(pg_current_wal_lsn(), sent_lsn)::float8 as "unsentBytes"
     from pg_replication_slots join pg_stat_replication on pid = active_pid
     where database = current_database()`,
    [firstLsn],
  );
  return rows[0];
};
test('Kafka stalled for longer than wal_sender_timeout: connected, bounded, nothing confirmed, all arrives after', async () => {
  await cdc.database.query(`alter database ${cdc.database.name} set wal_sender_timeout = '5s'`);
  await cdc.database.query('create table t (id int primary key, note text)');
  const service = await cdc.start({
    MILLRACE_KAFKA_BROKERS: proxy.address,
    MILLRACE_CDC_BATCH_BYTES_MAX: String(MIB / 4),
    MILLRACE_CDC_WAITING_BYTES_MAX: String(WAITING_BYTES_MAX),
  });
  await service.ready();
  // the table's first change makes its topic and schemas: not what is tried here
  await cdc.database.query('insert into t values (0)');
  await cdc.caughtUp();

  proxy.stall();
  await insert(0);
  const { rows } = await cdc.database.query(
    'select pg_current_wal_lsn()::text as lsn, extract(epoch from now())::float8 as at',
  );
  firstLsn = rows[0].lsn;
  const before = await sender();
  for (let transaction = 1; transaction < TRANSACTIONS; transaction++) await insert(transaction);
  // the server still hears from us when its patience has passed
  await expect.poll(async () => (await sender())?.repliedAt - rows[0].at).toBeGreaterThan(6);
  const stalled = await sender();
  expect(stalled).toMatchObject({ pid: before?.pid, notMoved: true });
  // what does not fit into our bound and the sockets' buffers stays on the server
  expect(stalled?.unsentBytes).toBeGreaterThan(20 * MIB);
  const waiting = async () => (await service.metric('millrace_cdc_waiting_bytes')) ?? 0;
  await expect.poll(waiting).toBeGreaterThan(WAITING_BYTES_MAX / 2);
  expect(await waiting()).toBeLessThan(WAITING_BYTES_MAX + OVERSHOOT_BYTES);

  proxy.restore();
  await cdc.caughtUp();
  const ids = (await cdc.changes('t')).map(({ key }) => Number(key?.['id']));
  expect(ids).toEqual(Array.from({ length: TRANSACTIONS * ROWS + 1 }, (_, id) => id));
  expect((await sender())?.pid).toBe(before?.pid);
});
