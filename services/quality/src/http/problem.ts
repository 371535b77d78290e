/** Problem details (RFC 9457) of the API: each code that a client can meet, with its HTTP status. */
import { type ErrorCode, errorCodes, type MillraceError } from '@millrace/contracts';

/** Codes of other areas (ClickHouse, Kafka away) are 503 where they are retryable, else 500. */
const statuses: Partial<Record<ErrorCode, number>> = {
  'operations.unknown': 404,
  'operations.request-invalid': 400,
  'operations.internal': 500,
  'operations.credential-missing': 401,
  'operations.credential-invalid': 401,
  'operations.credential-expired': 401,
  'operations.role-missing': 403,
  'operations.origin-forbidden': 403,
  'operations.attempts-exceeded': 429,
  'operations.not-measured': 503,
  'operations.sql-refused': 403,
  'operations.sql-failed': 400,
  'operations.sql-limit': 422,
  'operations.sql-busy': 429,
};

export const problemMediaType = 'application/problem+json';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
}

export const problemOf = (error: MillraceError): Problem => ({
  type: `urn:millrace:error:${error.code}`,
  title: errorCodes[error.code].summary,
  status: statuses[error.code] ?? (error.retryable ? 503 : 500),
  code: error.code,
  detail: error.message,
});
