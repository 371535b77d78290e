/** What Kafka says about offsets: which of them are records, and which were given up as dead letters. */
import { deadLetterHeaders, deadTopic } from '@millrace/contracts';
import { type Admin, type KafkaConnection, readPartition } from '@millrace/kafka';

/** Offsets of dead letters by partition of their topic. */
export type DeadOffsets = ReadonlyMap<number, ReadonlySet<number>>;

/** By the topic that they came from. */
export type DeadOffsetsByTopic = ReadonlyMap<string, DeadOffsets>;

/**
 * Reads the dead letters of the sink: all of them the first time, then what came since. The topic keeps them for ever, and one offset of each is
 * all that is kept here. What a sink left open is waited for: it would hide letters of others. Whoever holds rows against a position asks after
 * the position is known, because the letters of what is behind it are there then, and not before.
 */
export const createDeadOffsetsReader = (
  connection: KafkaConnection,
  admin: Pick<Admin, 'describeTopics'>,
): (() => Promise<DeadOffsetsByTopic>) => {
  const topic = deadTopic('sink');
  const found = new Map<string, Map<number, Set<number>>>();
  const next = new Map<number, number>();
  return async () => {
    const [state] = await admin.describeTopics([topic]);
    for (let partition = 0; partition < (state?.partitions ?? 0); partition += 1) {
      const from = { topic, partition, fromOffset: next.get(partition) ?? 0 };
      const committed = { ...from, isolation: 'read_committed', awaitOpen: {} } as const;
      for await (const { headers, offset } of readPartition(connection, committed)) {
        next.set(partition, offset + 1);
        const origin = headers[deadLetterHeaders.topic]?.toString() ?? '';
        const ofTopic = found.get(origin) ?? new Map<number, Set<number>>();
        found.set(origin, ofTopic);
        const originPartition = Number(headers[deadLetterHeaders.partition]?.toString());
        const offsets = ofTopic.get(originPartition) ?? new Set<number>();
        ofTopic.set(originPartition, offsets);
        offsets.add(Number(headers[deadLetterHeaders.offset]?.toString()));
      }
    }
    return found;
  };
};

/** Offsets of committed records in `[from, end)`, ascending: markers, aborted and compacted records are none. */
export async function* recordOffsets(
  connection: KafkaConnection,
  topic: string,
  partition: number,
  from: number,
  end: number,
): AsyncGenerator<number> {
  const range = { topic, partition, fromOffset: from, toOffset: end };
  for await (const record of readPartition(connection, { ...range, isolation: 'read_committed' })) {
    if (record.offset >= from) yield record.offset;
  }
}
