/**
 * Problem details (RFC 9457): every answer that is not a success, in one form, with a code that is
 * documented once. Nothing else in the door chooses a status.
 */
import { type ErrorCode, errorCodes } from '@millrace/contracts';
import { accessStatuses } from './access-statuses.ts';

/** The HTTP status of each code that a client can meet. */
const statuses = {
  ...accessStatuses,
  'ingest.json-invalid': 400,
  'ingest.body-empty': 400,
  'ingest.text-invalid': 400,
  'ingest.request-invalid': 400,
  'ingest.avro-invalid': 400,
  'ingest.compression-invalid': 400,
  'ingest.wait-unavailable': 400,
  'ingest.stream-unknown': 404,
  'ingest.route-unknown': 404,
  'ingest.source-unknown': 404,
  'ingest.body-too-large': 413,
  'ingest.too-many-events': 413,
  'ingest.media-type-unsupported': 415,
  'ingest.content-encoding-unsupported': 415,
  'ingest.event-invalid': 422,
  'ingest.event-too-large': 422,
  'ingest.cloud-event-invalid': 422,
  'ingest.schema-unknown': 422,
  'ingest.schema-incompatible': 422,
  'ingest.stream-quarantined': 422,
  'ingest.internal': 500,
  'ingest.kafka-refused': 500,
  'ingest.queue-full': 503,
  'ingest.kafka-unavailable': 503,
  'ingest.spool-full': 503,
  'ingest.spool-failed': 503,
  'ingest.registry-unavailable': 503,
  'ingest.stopping': 503,
  'ingest.stream-stopped': 503,
} as const satisfies Partial<Record<ErrorCode, number>>;

/** The codes that lead to each status, the lowest status first. */
export const statusesByCode = (): ReadonlyMap<number, readonly ProblemCode[]> =>
  Map.groupBy(
    (Object.keys(statuses) as ProblemCode[]).toSorted((a, b) => statuses[a] - statuses[b]),
    (code) => statuses[code],
  );

export type ProblemCode = keyof typeof statuses;

export const problemMediaType = 'application/problem+json';

/** When to come back, seconds: long enough for a broker to fail over, short enough not to be noticed. */
export const retryAfterSeconds = 2;

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  /** What to do about it. */
  readonly remedy: string;
  readonly [extension: string]: unknown;
}

/** The status of a code; a code that clients should never meet is the door's own failure. */
export const statusOf = (code: ErrorCode): number =>
  (statuses as Record<string, number>)[code] ?? 500;

export const problem = (
  code: ErrorCode,
  detail: string,
  extensions: Readonly<Record<string, unknown>> = {},
): Problem => ({
  type: `urn:millrace:error:${code}`,
  title: errorCodes[code].summary,
  status: statusOf(code),
  code,
  detail,
  remedy: errorCodes[code].remedy,
  ...extensions,
});
