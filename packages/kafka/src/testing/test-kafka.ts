import { silentLogger } from '@millrace/pipeline';
import {
  type KafkaFaultProxy,
  stackUnderTest,
  startKafkaFaultProxy,
  uniqueName,
} from '@millrace/testkit';
import { expect, onTestFinished, vi } from 'vitest';
import { createAdmin } from '../administer/create-admin.ts';
import { createCluster } from '../cluster/cluster.ts';
import { offsetsOf } from '../cluster/partition-offsets.ts';
import type { KafkaConnection } from '../connection.ts';
import type { Isolation } from '../messages/fetch-messages.ts';
import { createProducer } from '../produce/create-producer.ts';
import { readPartition } from '../read/read-partition.ts';
import type { ConsumedRecord, OutgoingRecord } from '../records.ts';

const STABLE_TIMEOUT_MS = 60_000;

/** What tests of this package against the real broker begin with. For tests only. */
export const testConnection = (
  brokers: readonly string[] = stackUnderTest().kafkaBrokers.split(','),
): KafkaConnection => ({ brokers, clientId: 'millrace-test', logger: silentLogger });

/** A proxy in front of the broker, closed when the test ends. */
export const testProxy = async (): Promise<
  KafkaFaultProxy & { readonly connection: KafkaConnection }
> => {
  const proxy = await startKafkaFaultProxy(stackUnderTest().kafkaBrokers);
  onTestFinished(() => proxy.close());
  return { ...proxy, connection: testConnection(proxy.brokers) };
};

/** A topic of the test's own, deleted when the test ends. */
export const testTopic = async (
  partitions = 1,
  config: Readonly<Record<string, string>> = {},
): Promise<string> => {
  const admin = createAdmin(testConnection());
  const name = uniqueName('kafka-test');
  await admin.createTopics([{ name, partitions, replicationFactor: 1, config }]);
  onTestFinished(async () => {
    await admin.deleteTopics([name]);
    await admin.close();
  });
  return name;
};

export const closedAfterTest = <T extends { close(): Promise<void> }>(closable: T): T => {
  onTestFinished(() => closable.close());
  return closable;
};

export const recordOf = (value: string, key: string | null = null): OutgoingRecord => ({
  key: key === null ? null : Buffer.from(key),
  value: Buffer.from(value),
});

export const recordsOf = (count: number, prefix = 'record'): OutgoingRecord[] =>
  Array.from({ length: count }, (_, index) => recordOf(`${prefix} ${index}`));

/**
 * Waits until the markers of ended transactions are written: the broker answers EndTxn before that, and
 * until then a committed record is not visible. Gives up waiting while a transaction stays open.
 */
const untilStable = async (topic: string, partition: number): Promise<void> => {
  const cluster = createCluster(testConnection());
  const endOf = async (isolation: Isolation) =>
    (await offsetsOf(cluster, [{ topic, partition }], 'end', isolation))[0]?.offset;
  try {
    await vi.waitFor(
      async () => expect(await endOf('read_committed')).toBe(await endOf('read_uncommitted')),
      { timeout: STABLE_TIMEOUT_MS, interval: 10 },
    );
  } finally {
    cluster.close();
  }
};

/** Everything in a partition once no transaction is open on it. */
export const readAll = async (
  topic: string,
  partition = 0,
  isolation: Isolation = 'read_committed',
): Promise<ConsumedRecord[]> => {
  await untilStable(topic, partition);
  return readNow(topic, partition, isolation);
};

/** What a reader sees at this moment, also while transactions are open. */
export const readNow = async (
  topic: string,
  partition = 0,
  isolation: Isolation = 'read_committed',
): Promise<ConsumedRecord[]> => {
  const records: ConsumedRecord[] = [];
  const where = { topic, partition, fromOffset: 0, isolation };
  for await (const record of readPartition(testConnection(), where)) records.push(record);
  return records;
};

export const readValues = async (topic: string, partition = 0): Promise<string[]> =>
  (await readAll(topic, partition)).map((record) => String(record.value));

/** Writes to one partition with a producer of its own. */
export const write = async (
  topic: string,
  records: readonly OutgoingRecord[],
  partition = 0,
): Promise<void> => {
  const producer = createProducer(testConnection());
  await producer.send([{ topic, partition, records }]);
  await producer.close();
};

/** Moves the log's start as retention would: DeleteRecords, which no other part of Millrace needs. */
export const deleteRecords = async (topic: string, before: number): Promise<void> => {
  const cluster = createCluster(testConnection());
  await cluster.topic(topic);
  const deleted = await cluster.send(cluster.leader(topic, 0)!, {
    apiKey: 21,
    apiVersion: 1,
    apiName: 'DeleteRecords',
    write: (writer) =>
      writer
        .array([topic], (name) =>
          writer.string(name).array([0], (partition) => writer.int32(partition).int64(before)),
        )
        .int32(10_000),
    read(reader) {
      reader.int32(); // throttle time
      return reader.array(() => [
        reader.string(),
        reader.array(() => [reader.int32(), reader.int64(), reader.int16()]),
      ]);
    },
  });
  expect(deleted).toEqual([[topic, [[0, before, 0]]]]);
  cluster.close();
};
