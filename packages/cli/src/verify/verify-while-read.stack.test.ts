/**
 * A dimension that is compared while rows of its table are on their way: no row is told as missing that only has not come yet. The slot is
 * no witness of those: it stands at its beginning while the rows of before are read, and goes on beside a snapshot.
 */
import { MillraceError } from '@millrace/contracts';
import { createTransactionalProducer } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import type { DimensionVerdict } from '@millrace/reconcile';
import {
  createFlightsWorld,
  createPostgresDatabase,
  type FaultProxy,
  type FlightsWorld,
  type PostgresDatabase,
  type ServiceProcess,
  stackUnderTest,
  startFaultProxy,
  startService,
  uniqueName,
} from '@millrace/testkit';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { verifyDimensions } from './verify-project.ts';

vi.setConfig({ testTimeout: 300_000 });

const patience = { timeout: 60_000, interval: 20 } as const;
const rows = 500;

let world: FlightsWorld;
let database: PostgresDatabase;
let kafka: FaultProxy;
const running: ServiceProcess[] = [];

beforeEach(async () => {
  const stack = stackUnderTest();
  world = await createFlightsWorld(stack);
  database = await createPostgresDatabase('while_read');
  kafka = await startFaultProxy({ target: stack.kafkaBrokers, rewriteAdvertisedPort: true });
});
afterEach(async () => {
  for (const service of running) service.kill('SIGKILL');
  await Promise.all(running.splice(0).map(({ exited }) => exited));
  await kafka.close();
  await database.drop();
  await world.drop();
});

const start = async (
  name: 'cdc' | 'sink',
  env: Readonly<Record<string, string>> = {},
): Promise<ServiceProcess> => {
  const service = await startService(name, {
    ...world.env,
    MILLRACE_POSTGRES_URL: database.url,
    MILLRACE_CDC_SOURCE: world.group,
    MILLRACE_CDC_TABLES: 'public.*',
    MILLRACE_CDC_TABLES_POLL: '200ms',
    ...env,
  });
  running.push(service);
  return service;
};
const createAirports = () =>
  database.query(`
    CREATE TABLE airports (iata text PRIMARY KEY, name text NOT NULL, city text, state text,
      country text NOT NULL, latitude double precision NOT NULL, longitude double precision NOT NULL);
    INSERT INTO airports SELECT 'A' || n, 'name ' || n, NULL, 'TX', 'USA', n, -n FROM generate_series(1, ${rows}) n`);
const told = (service: ServiceProcess, text: string): Promise<void> =>
  expect
    .poll(() => service.lines.some((line) => line.includes(text)), { ...patience, interval: 1 })
    .toBe(true);
const slotExists = async (): Promise<boolean> => {
  const { rowCount } = await database.query(
    'select from pg_replication_slots where slot_name = $1 and confirmed_flush_lsn is not null',
    [`millrace_${world.group}`],
  );
  return rowCount === 1;
};
/** All that is in the log now is read by the capture, and obeyed. */
const confirmed = async (): Promise<void> => {
  const { rows: now } = await database.query('select pg_current_wal_lsn()::text as lsn');
  const isPast = async () => {
    const { rows: slots } = await database.query(
      'select confirmed_flush_lsn >= $2::pg_lsn as past from pg_replication_slots where slot_name = $1',
      [`millrace_${world.group}`, now[0].lsn],
    );
    return slots[0]?.past;
  };
  await expect.poll(isPast, patience).toBe(true);
};
const verdict = async (waitMs: number): Promise<DimensionVerdict | string> => {
  const found: DimensionVerdict[] = [];
  const addresses = {
    kafkaBrokers: stackUnderTest().kafkaBrokers.split(','),
    clickhouseUrl: world.database.url,
    group: world.group,
  };
  const options = { postgresUrl: database.url, waitMs, showValues: false };
  try {
    await verifyDimensions([world.airports], addresses, options, (one) => found.push(one));
    return found[0]!;
  } catch (error) {
    if (error instanceof MillraceError) return `${error.code}: ${error.message}`;
    throw error;
  }
};
const signal = (type: string): Promise<unknown> =>
  database.query(`select pg_logical_emit_message(true, $1, $2)`, [
    `millrace.signal.${world.group}`,
    JSON.stringify({ id: type, type, data: {} }),
  ]);
const whole = { ok: true, sourceRows: rows, targetRows: rows, wrong: [] };

test('while the first snapshot is not on Kafka the comparison waits for it', async () => {
  await createAirports();
  await (await start('sink')).ready();
  // no row of it is read as long as this is held
  const holder = await database.connect();
  await holder.query('SELECT pg_advisory_lock(1)');
  await database.query(`
    CREATE FUNCTION pass() RETURNS bool LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_advisory_lock_shared(1); PERFORM pg_advisory_unlock_shared(1); RETURN true; END'`);
  await start('cdc', {
    MILLRACE_KAFKA_BROKERS: kafka.address,
    MILLRACE_CDC_SNAPSHOT_WHERE: '{"public.airports": "pass()"}',
  });
  await expect.poll(slotExists, patience).toBe(true);
  kafka.stall();
  await holder.query('SELECT pg_advisory_unlock(1)');
  expect(await verdict(2_000)).toEqual(expect.stringContaining('verify.sink-behind'));
  const waiting = verdict(120_000);
  kafka.restore();
  expect(await waiting).toMatchObject(whole);
});

test('while a table is read beside the stream the comparison waits for it', async () => {
  await database.query('CREATE TABLE other (id int primary key)');
  await (await start('sink')).ready();
  const cdc = await start('cdc');
  await cdc.ready();
  await signal('pause-snapshot');
  await confirmed();
  await createAirports();
  await told(cdc, 'new tables are captured');
  expect(await verdict(3_000)).toEqual(expect.stringContaining('verify.sink-behind'));
  const waiting = verdict(120_000);
  await signal('resume-snapshot');
  expect(await waiting).toMatchObject(whole);
});

test('what is written and hidden still by an open transaction is waited for', async () => {
  await createAirports();
  await (await start('sink')).ready();
  await (await start('cdc')).ready();
  expect(await verdict(120_000)).toMatchObject(whole);
  const producer = createTransactionalProducer(
    {
      brokers: stackUnderTest().kafkaBrokers.split(','),
      clientId: 'test',
      logger: silentLogger,
    },
    { transactionalId: uniqueName('while-read'), transactionTimeoutMs: 60_000 },
  );
  const hidden = Promise.withResolvers<void>();
  const written = Promise.withResolvers<void>();
  const topic = world.airports.topic.name;
  const transaction = producer.transaction(async ({ send }) => {
    await send([{ topic, partition: 0, records: [{ key: Buffer.from('k'), value: null }] }]);
    written.resolve();
    await hidden.promise;
  });
  await written.promise;
  expect(await verdict(2_000)).toEqual(expect.stringContaining('verify.sink-behind'));
  hidden.resolve();
  await transaction;
  await producer.close();
  expect(await verdict(120_000)).toMatchObject(whole);
});
