/** What Kafka says about offsets: which of them are records, and which were given up as dead letters. */
import { deadLetterHeaders, deadTopic } from '@millrace/contracts';
import { type Admin, type KafkaConnection, readPartition } from '@millrace/kafka';

/** Offsets of dead letters by partition of their topic. */
export type DeadOffsets = ReadonlyMap<number, ReadonlySet<number>>;

/**
 * The dead letters of the sink by the topic that they came from. Read whole: the topic keeps them for ever,
 * and one offset of each is all that is kept here.
 */
export async function readDeadOffsets(
  connection: KafkaConnection,
  admin: Admin,
): Promise<ReadonlyMap<string, DeadOffsets>> {
  const topic = deadTopic('sink');
  const found = new Map<string, Map<number, Set<number>>>();
  const [state] = await admin.describeTopics([topic]);
  for (let partition = 0; partition < (state?.partitions ?? 0); partition += 1) {
    const from = { topic, partition, fromOffset: 0, isolation: 'read_committed' } as const;
    for await (const { headers } of readPartition(connection, from)) {
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
}

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
