/**
 * Where the service's records go beside the topics of the contracts: dead letters, with the input's exact bytes
 * and Kafka Connect's error headers, in the transaction that commits the input as processed.
 */
import { deadLetterHeaders, deadTopic, transformHeaders } from '@millrace/contracts';
import type { ConsumedRecord, OutgoingRecord } from '@millrace/kafka';
import type { Flow } from '@millrace/streams';

export const deadLetterTopic = deadTopic('stream-transform');

/** Where a record was read, and why nothing could be made of it. */
export interface DeadLetter {
  readonly topic: string;
  readonly partition: number;
  readonly transform: string;
  readonly code: string;
  readonly reason: string;
  /** Nothing else came of the record. */
  readonly isWhole: boolean;
}

/** Key, value and headers as they came, and where and why beside them. */
export const deadLetterRecord = (
  record: ConsumedRecord,
  { topic, partition, transform, code, reason, isWhole }: DeadLetter,
): OutgoingRecord => ({
  key: record.key,
  value: record.value,
  headers: {
    ...record.headers,
    [deadLetterHeaders.topic]: topic,
    [deadLetterHeaders.partition]: String(partition),
    [deadLetterHeaders.offset]: String(record.offset),
    [deadLetterHeaders.stage]: `stream-transform ${transform}`,
    [deadLetterHeaders.exceptionClass]: code,
    [deadLetterHeaders.exceptionMessage]: reason,
    [transformHeaders.whole]: String(isWhole),
  },
});

/** A record that operators made of others: its value as JSON, since it never was a record of a topic. */
export const madeLetterRecord = (
  { key, value, timeMs }: Flow,
  {
    operator,
    transform,
    code,
    reason,
  }: Omit<DeadLetter, 'topic' | 'partition' | 'isWhole'> & { operator: string },
): OutgoingRecord => ({
  key: key === null ? null : Buffer.from(key),
  value: Buffer.from(JSON.stringify(value, plain) ?? 'null'),
  timestampMs: Math.max(0, timeMs),
  headers: {
    [deadLetterHeaders.stage]: `stream-transform ${transform} ${operator}`,
    [deadLetterHeaders.exceptionClass]: code,
    [deadLetterHeaders.exceptionMessage]: reason,
  },
});

const plain = (_name: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value;
