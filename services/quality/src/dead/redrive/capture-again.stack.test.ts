/** A letter of a capture sent again: the row flows to its topic as it is now, once asked, and its key is let go. */
import { changeTopic } from '@millrace/contracts';
import {
  createOperationsClient,
  type DeadLetterContent,
  type DeadLetterPage,
  type RedriveReport,
} from '@millrace/operations';
import {
  createFlightsWorld,
  createPostgresDatabase,
  type FlightsWorld,
  type PostgresDatabase,
  readChangeLog,
  type ServiceProcess,
  stackUnderTest,
  startService,
  uniqueName,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

vi.setConfig({ testTimeout: 300_000 });
const patient = { timeout: 240_000, interval: 250 } as const;
const source = uniqueName('deadcdc').replaceAll('-', '_');
const signalTopic = uniqueName('signals');
const topic = changeTopic(source, 'public', 'docs');

let world: FlightsWorld;
let database: PostgresDatabase;
let cdc: ServiceProcess;
let quality: ServiceProcess;

const startCdc = (recordBytesMax: string) =>
  startService('cdc', {
    MILLRACE_KAFKA_BROKERS: stackUnderTest().kafkaBrokers,
    MILLRACE_REGISTRY_URL: stackUnderTest().registryUrl,
    MILLRACE_POSTGRES_URL: database.url,
    MILLRACE_CDC_SOURCE: source,
    MILLRACE_CDC_TABLES: '*',
    MILLRACE_CDC_SIGNAL_TOPIC: signalTopic,
    MILLRACE_CDC_RECORD_BYTES_MAX: recordBytesMax,
  });

beforeAll(async () => {
  const stack = stackUnderTest();
  world = await createFlightsWorld(stack, { partitions: 1 });
  database = await createPostgresDatabase('dead_cdc', stack.postgresUrl);
  await database.query('create table docs (id int primary key, doc text, n int)');
  [cdc, quality] = await Promise.all([
    startCdc('1024'),
    startService('quality', {
      ...{ ...world.env, MILLRACE_QUALITY_DEAD_INTERVAL: '200ms' },
      MILLRACE_CDC_SIGNAL_TOPIC: signalTopic,
    }),
  ]);
  await Promise.all([cdc.ready(), quality.ready()]);
});
afterAll(async () => {
  await Promise.all([cdc?.stop(), quality?.stop()]);
  await database?.query(
    `select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = current_database()`,
  );
  await database?.drop();
  await world?.drop();
});

const api = () => createOperationsClient({ url: quality.url });
const letters = async () =>
  (await api().get<DeadLetterPage>('/dead-letters', { topic, limit: 10 })).letters;
const rows = async () =>
  (await readChangeLog(stackUnderTest(), topic)).map(({ value }) => [
    value?.op,
    value?.after?.['id'],
    value?.after?.['n'],
  ]);

test('the row is read again as it is now, and sent to its topic', async () => {
  await database.query(`insert into docs values (1, repeat('x', 2000), 7), (2, 'small', 8)`);
  await expect.poll(async () => (await letters()).length, patient).toBe(1);
  const [letter] = await letters();
  expect(letter).toMatchObject({ service: 'cdc', code: 'cdc.value-invalid' });
  const shown = await api().get<DeadLetterContent>(`/dead-letters/${letter!.id}`);
  expect(shown.decoded).toMatchObject({ id: '1', n: '7' });
  await cdc.stop();
  cdc = await startCdc('1000000');
  await cdc.ready();
  const { id } = await api().send<RedriveReport>('POST', '/dead-letters/redrive', {
    ...{ filter: { topic }, dryRun: false, reason: 'the limit was raised' },
  });
  await expect
    .poll(
      async () => (await api().get<RedriveReport>(`/dead-letters/redrives/${id}`)).state,
      patient,
    )
    .toBe('done');
  await expect.poll(rows, patient).toContainEqual(['r', 1, 7]);
  await expect.poll(() => cdc.metric('millrace_cdc_blocked_rows'), patient).toBe(0);
  expect((await letters())[0]?.redrivenAtMs).not.toBeNull();
});
