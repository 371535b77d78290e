/** What Kafka holds of a captured source: the last position, snapshots that are not finished, blocked keys. */
import { cdcStateTopic, positionsTopic } from '@millrace/contracts';
import { createAdmin, type KafkaConnection, readPartition } from '@millrace/kafka';

export interface SnapshotStatus {
  readonly table: string;
  readonly status: string;
  readonly rows: number;
}

export interface SourceMemory {
  /** Of the last Kafka transaction; undefined before the first. */
  readonly position: { readonly commitLsn: string; readonly index: number } | undefined;
  readonly snapshots: readonly SnapshotStatus[];
  readonly isPaused: boolean;
  readonly blockedKeys: number;
}

const TAIL_RECORDS = 200;

const lastPosition = async (
  connection: KafkaConnection,
  source: string,
): Promise<SourceMemory['position']> => {
  const topic = positionsTopic(source);
  const admin = createAdmin(connection);
  const [{ high, low } = { high: 0, low: 0 }] = await admin.partitionOffsets(topic);
  await admin.close();
  let last: SourceMemory['position'];
  const records = readPartition(connection, {
    ...{ topic, partition: 0, isolation: 'read_committed' },
    fromOffset: Math.max(high - TAIL_RECORDS, low),
  });
  for await (const { value } of records) {
    if (value !== null) last = JSON.parse(value.toString('utf8'));
  }
  return last;
};

/** Throws kafka.* errors; `kafka.unknown-topic` when the source was never captured. */
export const readMemory = async (
  connection: KafkaConnection,
  source: string,
): Promise<SourceMemory> => {
  const facts = new Map<string, string>();
  const records = readPartition(connection, {
    ...{ topic: cdcStateTopic(source), partition: 0, fromOffset: 0, isolation: 'read_committed' },
  });
  for await (const { key, value } of records) {
    const name = key?.toString('utf8') ?? '';
    if (value === null) facts.delete(name);
    else facts.set(name, value.toString('utf8'));
  }
  const snapshots = [...facts]
    .filter(([key]) => key.startsWith('snapshot/'))
    .map(([key, value]) => {
      const { rows, status } = JSON.parse(value);
      return { table: key.slice('snapshot/'.length), status, rows };
    });
  return {
    position: await lastPosition(connection, source),
    snapshots,
    isPaused: facts.has('snapshots-paused'),
    blockedKeys: [...facts.keys()].filter((key) => key.startsWith('blocked/')).length,
  };
};
