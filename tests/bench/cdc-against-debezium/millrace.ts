/** The cdc service as a contestant: exactly-once on, tombstones off like the peer's. */
import { changeTopic, positionsTopic } from '@millrace/contracts';
import { createAdmin, createProducer } from '@millrace/kafka';
import { silentLogger, systemClock } from '@millrace/pipeline';
import { type PostgresDatabase, startService, uniqueName } from '@millrace/testkit';
import type { Contestant, Endpoints, Workload } from './contestant.ts';
import { copyBaseSlot, dropSlot, STREAM_SOURCE } from './orders.ts';

const writtenRecords = 'millrace_cdc_written_records_total';

const connectionOf = (endpoints: Endpoints) => ({
  brokers: endpoints.kafkaBrokers.split(','),
  clientId: 'bench',
  logger: silentLogger,
});

/** Where a copied slot begins, as if the service had written everything before it. */
const writePosition = async (
  database: PostgresDatabase,
  endpoints: Endpoints,
  source: string,
  lsn: string,
): Promise<void> => {
  const { rows } = await database.query(
    'select system_identifier::text as id from pg_control_system()',
  );
  const connection = connectionOf(endpoints);
  const admin = createAdmin(connection);
  const topic = positionsTopic(source);
  await admin.createTopics([
    { name: topic, partitions: 1, replicationFactor: -1, config: { 'cleanup.policy': 'compact' } },
  ]);
  await admin.close();
  const position = { version: 1, commitLsn: lsn, index: 0, systemId: rows[0].id };
  const producer = createProducer(connection);
  const value = Buffer.from(JSON.stringify(position));
  await producer.send([{ topic, partition: 0, records: [{ key: Buffer.from(source), value }] }]);
  await producer.close();
};

export const millrace = (extra: Readonly<Record<string, string>> = {}): Contestant => ({
  name: 'millrace',
  start: async (workload: Workload, database, endpoints) => {
    const source = workload === 'stream' ? STREAM_SOURCE : uniqueName('bench').replaceAll('-', '_');
    const slotName = `millrace_${source}`;
    if (workload === 'stream') {
      await writePosition(database, endpoints, source, await copyBaseSlot(database, slotName));
    }
    const service = await startService('cdc', {
      MILLRACE_KAFKA_BROKERS: endpoints.kafkaBrokers,
      MILLRACE_REGISTRY_URL: endpoints.registryUrl,
      MILLRACE_POSTGRES_URL: database.url,
      MILLRACE_CDC_SOURCE: source,
      MILLRACE_CDC_TABLES: 'public.orders',
      MILLRACE_CDC_TOMBSTONES: 'false',
      ...(workload === 'follow' ? { MILLRACE_CDC_SNAPSHOT_MODE: 'no_data' } : {}),
      ...extra,
    });
    if (workload === 'follow') await service.ready();
    const topic = changeTopic(source, 'public', 'orders');
    return {
      pid: service.pid,
      topic,
      recordCount: async () => (await service.metric(writtenRecords).catch(() => 0)) ?? 0,
      finish: async () => {
        await service.stop();
        await dropSlot(database, slotName);
        if (workload !== 'stream') {
          await database.query(`drop publication if exists ${slotName}, ${slotName}_inserts`);
        }
        const admin = createAdmin(connectionOf(endpoints));
        await admin.deleteTopics([topic]).catch(() => undefined);
        await admin.close();
        await systemClock.sleep(500);
      },
    };
  },
});
