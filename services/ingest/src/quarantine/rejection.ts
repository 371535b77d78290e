/** What the door or a load refused, as a record of `millrace.rejected_events`. Its fields are declared in @millrace/contracts. */
import { randomUUID } from 'node:crypto';
import type { JsonProblem } from '@millrace/avro';
import type { ErrorCode } from '@millrace/contracts';
import type { EventAttributes, EventRequest } from '../event-request.ts';
import type { EventBytes } from './event-bytes.ts';

export interface Rejection extends EventBytes {
  readonly code: ErrorCode;
  readonly message: string;
  readonly problems?: readonly JsonProblem[];
  /** Index in the request or file; null: the whole body. */
  readonly position: number | null;
  /** The id that the sender gave, when there was one beside the event. */
  readonly eventId?: string;
  /** What is said of the event beside its data. */
  readonly attributes: EventAttributes;
  /** Where it was read, when it was not sent. */
  readonly row?: RowPlace;
}

/** A row of a source. */
export interface RowPlace {
  readonly source: string;
  /** File, object or feed. */
  readonly part: string;
  readonly version: string;
  /** From 1, as line and column are. */
  readonly row: number;
  readonly line?: number;
  readonly column?: number;
}

/** What is said of a rejection beside itself. */
export type RejectionOrigin = Pick<EventRequest, 'stream' | 'receivedMs'> & {
  readonly sender?: { readonly id: string; readonly name: string } | undefined;
};

/** Codes of what is wrong with an event itself: sent again as it is, it would be refused again. */
const faultsOfEvents: ReadonlySet<ErrorCode> = new Set([
  'ingest.json-invalid',
  'ingest.text-invalid',
  'ingest.event-invalid',
  'ingest.event-too-large',
  'ingest.avro-invalid',
  'ingest.schema-unknown',
  'ingest.schema-incompatible',
  'ingest.cloud-event-invalid',
  // Not its fault; it is kept all the same, until the stream is open.
  'ingest.stream-quarantined',
]);

/** Whether an event or a body that was refused so is worth keeping. */
export const isEventFault = (code: ErrorCode): boolean => faultsOfEvents.has(code);

/** Of what was told, at most: problems of a long array would be longer than the event. */
const toldCharactersMax = 16_384;

const cutText = (text: string): string => text.slice(0, toldCharactersMax);

/** As many problems as fit, so that the text stays JSON. */
const problemsText = (problems: readonly JsonProblem[]): string => {
  let text = JSON.stringify(problems);
  for (let count = problems.length; text.length > toldCharactersMax && count > 0; ) {
    count = Math.floor(count / 2);
    text = JSON.stringify(problems.slice(0, count));
  }
  return text;
};

/** The record's value, for its Avro writer. */
export const rejectionRecord = (
  request: RejectionOrigin,
  rejection: Rejection,
  contentBytesMax: number,
) => {
  const { content, attributes, row } = rejection;
  return {
    rejection_id: randomUUID(),
    stream: request.stream.contract.id,
    rejected_at: request.receivedMs,
    code: rejection.code,
    message: cutText(rejection.message),
    problems: problemsText(rejection.problems ?? []),
    position: rejection.position,
    event_id: rejection.eventId ?? null,
    idempotency_key: attributes.idempotencyKey ?? null,
    event_source: attributes.source ?? null,
    event_type: attributes.type ?? null,
    event_time: attributes.time ?? null,
    event_extensions:
      attributes.extensions === undefined ? null : JSON.stringify(attributes.extensions),
    media_type: rejection.mediaType,
    content: content.subarray(0, contentBytesMax),
    content_bytes: content.length,
    is_cut: content.length > contentBytesMax,
    sender_id: request.sender?.id ?? null,
    sender_name: request.sender?.name ?? null,
    attempt: attributes.attempt ?? 0,
    pull_source: row?.source ?? null,
    part: row?.part ?? null,
    part_version: row?.version ?? null,
    row_number: row?.row ?? null,
    line_number: row?.line ?? null,
    column_number: row?.column ?? null,
  };
};
