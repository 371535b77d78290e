/** Each partition of the sink as Kafka has it: committed, end, the claim under way. The sink itself is not asked. */
import { type Claim, parsePosition, type WarehouseContract } from '@millrace/contracts';
import { type Admin, type KafkaConnection, readPartition } from '@millrace/kafka';

export interface PartitionStatus {
  readonly topic: string;
  readonly table: string;
  readonly partition: number;
  /** Absent when the group has committed nothing: all of the topic is to be landed. */
  readonly committed?: number;
  readonly end: number;
  readonly lagRecords: number;
  /** Age of the first record behind the committed offset, s; 0 when there is none, markers being none. */
  readonly lagSeconds: number;
  readonly claim?: Pick<Claim, 'from' | 'to' | 'table'> & { readonly ageSeconds: number };
  /** The metadata of the group's offset is not the sink's: another program commits for this group. */
  readonly isForeign: boolean;
}

/** When the first record at or behind an offset was written, ms; undefined when there is none. */
export const firstRecordMs = async (
  connection: KafkaConnection,
  range: { topic: string; partition: number; fromOffset: number; toOffset: number },
): Promise<number | undefined> => {
  const isolation = 'read_committed';
  for await (const { offset, timestampMs } of readPartition(connection, { ...range, isolation }))
    if (offset >= range.fromOffset) return timestampMs;
  return undefined;
};

/** Partitions of one contract's topic; none when the topic does not exist. */
export const readPartitions = async (
  connection: KafkaConnection,
  admin: Admin,
  group: string,
  { topic: { name: topic }, warehouse }: WarehouseContract,
  nowMs: number,
): Promise<readonly PartitionStatus[]> => {
  const [state] = await admin.describeTopics([topic]);
  if (state === undefined) return [];
  const [offsets, committed] = await Promise.all([
    admin.partitionOffsets(topic),
    admin.committedOffsets(group, [topic]),
  ]);
  return Promise.all(
    offsets.map(async ({ partition, low, stable }): Promise<PartitionStatus> => {
      const found = committed.find((one) => one.partition === partition);
      const fromOffset = Math.max(found?.offset ?? low, low);
      const lagRecords = Math.max(0, stable - fromOffset);
      const range = { topic, partition, fromOffset, toOffset: stable };
      const oldestMs = lagRecords === 0 ? undefined : await firstRecordMs(connection, range);
      const position = parsePosition(found?.metadata ?? '');
      const claim = position === 'foreign' ? undefined : position.claim;
      return {
        ...{ topic, table: warehouse.table, partition, end: stable, lagRecords },
        ...(found === undefined ? {} : { committed: found.offset }),
        lagSeconds: oldestMs === undefined ? 0 : Math.max(0, nowMs - oldestMs) / 1_000,
        ...(claim === undefined
          ? {}
          : {
              claim: {
                ...{ from: claim.from, to: claim.to, table: claim.table },
                ageSeconds: Math.max(0, nowMs - claim.atMs) / 1_000,
              },
            }),
        isForeign: position === 'foreign',
      };
    }),
  );
};
