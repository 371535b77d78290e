/** How fast one process reads changelog partitions from their start, as a restore does. */
import {
  createAdmin,
  createProducer,
  createTailConsumer,
  type KafkaConnection,
} from '@millrace/kafka';
import { uniqueName } from '@millrace/testkit';
import { round } from '../spread.ts';

const PARTITIONS = 4;
const RECORDS_PER_SEND = 10_000;
const KEY_BYTES = 16;
const VALUE_BYTES = 24;

export interface RestoreRate {
  readonly records: number;
  readonly recordsPerSecond: number;
  /** Of this process, us per record: the fetch, and every key, value and offset looked at. */
  readonly cpuUs: number;
}

export const measureRestoreRate = async (
  connection: KafkaConnection,
  count: number,
): Promise<RestoreRate> => {
  const topic = uniqueName('bench-restore');
  const admin = createAdmin(connection);
  await admin.createTopics([
    { name: topic, partitions: PARTITIONS, replicationFactor: 1, config: {} },
  ]);
  const producer = createProducer(connection, { compression: 'none' });
  const value = Buffer.alloc(VALUE_BYTES, 7);
  for (let sent = 0; sent < count; sent += RECORDS_PER_SEND) {
    const records = Array.from({ length: RECORDS_PER_SEND }, (_, index) => ({
      ...{ key: Buffer.from(String(sent + index).padStart(KEY_BYTES, '0')), value },
    }));
    await producer.send([{ topic, partition: (sent / RECORDS_PER_SEND) % PARTITIONS, records }]);
  }
  let records = 0;
  let bytes = 0;
  const tail = createTailConsumer(connection, {
    isolation: 'read_committed',
    batch(batch) {
      for (const record of batch.records) {
        bytes += record.key!.length + record.value!.length;
        records += 1;
      }
    },
  });
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition }));
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  await tail.add(partitions.map((one) => ({ ...one, fromOffset: 0 })));
  await tail.caughtUp(partitions);
  const tookMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpu);
  if (bytes !== records * (KEY_BYTES + VALUE_BYTES)) throw new Error(`read ${bytes} bytes`);
  await tail.close();
  await producer.close();
  await admin.deleteTopics([topic]);
  await admin.close();
  return {
    records,
    recordsPerSecond: round((records / tookMs) * 1_000),
    cpuUs: round((user + system) / records),
  };
};
