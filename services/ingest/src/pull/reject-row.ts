/**
 * What becomes of a row that does not pass: a record that says where it stands and why, with the row as it was
 * read. It is written in the transaction of its neighbours, so it is there once, too.
 */
import { deadLetterHeaders, deadTopic, type ErrorCode } from '@millrace/contracts';
import type { OutgoingRecord } from '@millrace/kafka';

export interface RejectedRow {
  readonly code: ErrorCode;
  readonly message: string;
  /** From 1, in its part. */
  readonly row: number;
  readonly line?: number;
  readonly column?: number;
  /** The row as text, where it could not be read. */
  readonly text?: string;
  /** The row, where it could. */
  readonly value?: unknown;
  readonly problems?: unknown;
}

export interface RejectedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly record: OutgoingRecord;
}

export type RejectRow = (row: RejectedRow) => RejectedRecord;

export interface RejectTarget {
  readonly source: string;
  readonly part: string;
  readonly version: string;
  /** Topic of the stream that the row was meant for. */
  readonly topic: string;
}

/** Largest row that is kept whole, bytes; of a longer one the beginning. */
const keptBytesMax = 256 * 1024;

export const createRejectRow = (
  { source, part, version, topic }: RejectTarget,
  observe: (row: RejectedRow) => void,
): RejectRow => {
  const dead = deadTopic('ingest');
  return (row) => {
    observe(row);
    const { code, message, text, value, ...where } = row;
    const kept = text ?? JSON.stringify(value, jsonSafe) ?? '';
    const body = { source, part, version, topic, code, message, ...where };
    return {
      topic: dead,
      partition: 0,
      record: {
        key: Buffer.from(topic),
        value: Buffer.from(
          JSON.stringify({ ...body, content: kept.slice(0, keptBytesMax) }, jsonSafe),
        ),
        headers: {
          [deadLetterHeaders.topic]: topic,
          [deadLetterHeaders.stage]: `source ${source}`,
          [deadLetterHeaders.exceptionClass]: code,
          [deadLetterHeaders.exceptionMessage]: message,
        },
      },
    };
  };
};

const jsonSafe = (_name: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value;
