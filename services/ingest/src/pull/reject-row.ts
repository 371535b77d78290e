/**
 * What becomes of a row that does not pass: a record of `millrace.rejected_events`, as of an event that the door
 * refused, with the place where it stood. It is written in the transaction of its neighbours, so it is there once, too.
 */
import type { JsonProblem } from '@millrace/avro';
import type { ErrorCode } from '@millrace/contracts';
import type { RejectedLog, RejectedRecord } from '../quarantine/rejected-log.ts';
import type { Stream } from '../stream.ts';

export interface RejectedRow {
  readonly code: ErrorCode;
  readonly message: string;
  /** From 1, in its part. */
  readonly row: number;
  readonly line?: number;
  readonly column?: number;
  /** The row as text, where it could not be read. */
  readonly text?: string;
  /** The event that was made of the row, or where the mapping failed the row. */
  readonly value?: unknown;
  readonly problems?: readonly JsonProblem[];
}

/** Undefined: it is not kept. */
export type RejectRow = (row: RejectedRow) => RejectedRecord | undefined;

export interface RejectTarget {
  readonly source: string;
  /** Under which it is kept, for whoever looks for it. */
  readonly part: string;
  readonly version: string;
  readonly stream: Stream;
  /** Absent in a dry run, and where the contract says `rejected: drop`. */
  readonly log?: RejectedLog;
  /** Of a row that could not be read. */
  readonly textMediaType: string;
  /** What events of the part carry. */
  readonly attributes: { readonly source: string; readonly idempotencyKey: string };
  readonly nowMs: () => number;
}

/** Largest number that the record has room for; ids and `row_number` go on. */
const positionMax = 2 ** 31 - 1;

/** @param observe told of each, with what a person is told */
export const createRejectRow = (
  target: RejectTarget,
  observe: (row: RejectedRow) => void,
): RejectRow => {
  const { source, part, version, stream, log, attributes, nowMs } = target;
  return (row) => {
    const message = toldOf(row);
    observe({ ...row, message });
    if (log === undefined) return undefined;
    const { code, text, value, problems, line, column } = row;
    const place = {
      ...(line === undefined ? {} : { line }),
      ...(column === undefined ? {} : { column }),
    };
    return log.recordOf(
      { stream, receivedMs: nowMs() },
      {
        ...{ code, message, attributes, position: Math.min(row.row - 1, positionMax) },
        ...(problems === undefined ? {} : { problems }),
        // the id that the event would have had
        eventId: `${attributes.idempotencyKey}/${row.row}`,
        content: Buffer.from(text ?? JSON.stringify(value, jsonSafe) ?? ''),
        mediaType: text === undefined ? 'application/json' : target.textMediaType,
        row: { source, part, version, row: row.row, ...place },
      },
    );
  };
};

/** Names the first problem, since a count says nothing. */
const toldOf = ({ message, problems = [] }: RejectedRow): string =>
  problems.length < 2 ? message : `${problems[0]!.message}, and ${problems.length - 1} more`;

const jsonSafe = (_name: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value;
