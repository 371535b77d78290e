/** The sink's dead letters as `sink status` counts them, without the quality service: from where and why. Bytes, and all services: `millrace dead`. */
import { deadLetterHeaders, deadTopic } from '@millrace/contracts';
import {
  type Admin,
  type ConsumedRecord,
  type KafkaConnection,
  readPartition,
} from '@millrace/kafka';

export interface DeadLetter {
  readonly topic: string;
  readonly partition: number;
  /** On the topic that it came from. */
  readonly offset: number;
  /** One of the error codes. */
  readonly code: string;
  readonly reason: string;
  readonly at: string;
}

const toLetter = (record: ConsumedRecord): DeadLetter => {
  const header = (name: string) => record.headers[name]?.toString() ?? '';
  return {
    topic: header(deadLetterHeaders.topic),
    partition: Number(header(deadLetterHeaders.partition)),
    offset: Number(header(deadLetterHeaders.offset)),
    code: header(deadLetterHeaders.exceptionClass),
    reason: header(deadLetterHeaders.exceptionMessage),
    at: new Date(record.timestampMs).toISOString(),
  };
};

export interface DeadLetters {
  /** All of them, in the order of their arrival. */
  readonly letters: readonly DeadLetter[];
  /** Older ones were not looked at. */
  readonly isCut: boolean;
}

/** The newest `max` places of each partition of the dead letter topic; its records are kept for ever. */
export const readDeadLetters = async (
  connection: KafkaConnection,
  admin: Admin,
  max: number,
): Promise<DeadLetters> => {
  const topic = deadTopic('sink');
  const [state] = await admin.describeTopics([topic]);
  if (state === undefined) return { letters: [], isCut: false };
  const letters: DeadLetter[] = [];
  let isCut = false;
  for (const { partition, low, stable } of await admin.partitionOffsets(topic)) {
    const fromOffset = Math.max(low, stable - max);
    isCut ||= fromOffset > low;
    const range = { topic, partition, fromOffset, isolation: 'read_committed' } as const;
    for await (const record of readPartition(connection, range)) letters.push(toLetter(record));
  }
  return { letters: letters.sort((a, b) => (a.at < b.at ? -1 : 1)), isCut };
};
