/** The sink's dead letters as a person looks for them: from where, why, and as much of the bytes as can be read. */
import {
  compileReader,
  FRAME_HEADER_BYTES,
  frameSchemaId,
  type RegistryClient,
} from '@millrace/avro';
import { deadLetterHeaders, deadTopic, MillraceError } from '@millrace/contracts';
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
  /** Of its writer; absent when the bytes are not framed. */
  readonly schemaId?: number;
  readonly bytes: number;
  readonly record: ConsumedRecord;
}

const toLetter = (record: ConsumedRecord): DeadLetter => {
  const header = (name: string) => record.headers[name]?.toString() ?? '';
  const schemaId = record.value === null ? undefined : frameSchemaId(record.value);
  return {
    topic: header(deadLetterHeaders.topic),
    partition: Number(header(deadLetterHeaders.partition)),
    offset: Number(header(deadLetterHeaders.offset)),
    code: header(deadLetterHeaders.exceptionClass),
    reason: header(deadLetterHeaders.exceptionMessage),
    at: new Date(record.timestampMs).toISOString(),
    ...(schemaId === undefined ? {} : { schemaId }),
    bytes: record.value?.length ?? 0,
    record,
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
  return { letters: letters.sort((a, b) => a.record.timestampMs - b.record.timestampMs), isCut };
};

/** How often each code was the reason, the most often first. */
export const reasonCounts = (
  letters: readonly DeadLetter[],
): readonly { readonly topic: string; readonly code: string; readonly records: number }[] => {
  const counts = new Map<string, { topic: string; code: string; records: number }>();
  for (const { topic, code } of letters) {
    const known = counts.get(`${topic} ${code}`);
    if (known === undefined) counts.set(`${topic} ${code}`, { topic, code, records: 1 });
    else known.records += 1;
  }
  return [...counts.values()].sort((a, b) => b.records - a.records);
};

/** What JSON cannot say, as text: integers beyond 2^53, and bytes as base64. */
const asJson = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_key, one: unknown) => {
      if (typeof one === 'bigint') return String(one);
      const bytes = one as { type?: unknown; data?: readonly number[] } | null;
      const isBytes = bytes?.type === 'Buffer' && Array.isArray(bytes.data);
      return isBytes ? Buffer.from(bytes.data ?? []).toString('base64') : one;
    }),
  );

/** The value by its writer's schema, or why it cannot be read. */
export const decodeValue = async (
  { schemaId, record }: DeadLetter,
  registry: RegistryClient,
): Promise<{ readonly value: unknown } | { readonly unreadable: string }> => {
  if (record.value === null) return { unreadable: 'it has no value' };
  if (schemaId === undefined) return { unreadable: 'it is not framed' };
  try {
    const { schemaText } = await registry.schemaById(schemaId);
    return { value: asJson(compileReader(schemaText)(record.value.subarray(FRAME_HEADER_BYTES))) };
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    return { unreadable: error.message };
  }
};
