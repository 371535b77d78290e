import { ClickHouseError } from '@clickhouse/client';
import { MillraceError } from '@millrace/contracts';
import { meaningOfCode } from './server-codes.ts';

/**
 * Turns whatever a request to ClickHouse threw into a MillraceError. Total: it never throws and knows no
 * third answer. The server's own text may carry the rows it refused, so it never reaches the message of a
 * data error, and the original error is not kept as the cause.
 */
export interface ClickHouseRejection {
  readonly kind: 'clickhouse-rejection';
  /** ClickHouse's error code, e.g. 117. */
  readonly serverCode: number;
  /** Its name, e.g. `INCORRECT_DATA`. */
  readonly serverType: string;
  /**
   * `data`: some row does not fit. `statement`: no row is to blame; a person must act. `view`: a materialized view behind the table
   * failed, and the table itself may hold the rows already.
   */
  readonly fault: 'data' | 'statement' | 'view';
  /** 1-based, when the server named the row. */
  readonly rowNumber?: number;
}

/** The details of a `clickhouse.rejected`, else `undefined`. */
export const rejectionOf = (error: unknown): ClickHouseRejection | undefined => {
  const cause: unknown = error instanceof MillraceError ? error.cause : undefined;
  const isRejection =
    typeof cause === 'object' &&
    cause !== null &&
    'kind' in cause &&
    cause.kind === 'clickhouse-rejection';
  return isRejection ? (cause as ClickHouseRejection) : undefined;
};

/**
 * `clickhouse.unavailable`, `clickhouse.outcome-unknown` or `clickhouse.rejected`, by the server's code or
 * by how far the request got; a MillraceError stays itself. Source of the codes: server-codes.ts.
 */
export const classifyError = (error: unknown): MillraceError => {
  if (error instanceof MillraceError) return error;
  if (error instanceof ClickHouseError) {
    return classifyServerError(Number(error.code), error.type ?? 'UNKNOWN', error.message);
  }
  const foreign = error instanceof Error ? FOREIGN_EXCEPTION.exec(error.message) : null;
  if (foreign !== null) return classifyServerError(Number(foreign[1]), foreign[2]!, '');
  return classifyTransportError(error);
};

/**
 * An exception of a library inside the server, such as `avro::Exception`; the client does not know this
 * form: `std::exception. Code: 1001, type: avro::Exception, e.what() = EOF reached`.
 */
const FOREIGN_EXCEPTION = /Code: (\d+), type: ([\w:]+)/;

const ROW = /\(?at row (\d+)\)?/;

/** Whatever failed in there, even "at row 3": the rows were fit for the table. */
const IN_VIEW = /while pushing to view (\S+?)[.:]?(?:\s|$)/;

const classifyServerError = (
  serverCode: number,
  serverType: string,
  message: string,
): MillraceError => {
  const name = `ClickHouse error ${serverCode} (${serverType})`;
  const rowText = ROW.exec(message)?.[1];
  const meaning = meaningOfCode(serverCode, serverType);
  if (meaning === 'retryable') {
    return new MillraceError('clickhouse.unavailable', name, { retryable: true });
  }
  if (meaning === 'unknown') {
    return new MillraceError('clickhouse.outcome-unknown', name, { retryable: true });
  }
  const view = IN_VIEW.exec(message)?.[1];
  if (view !== undefined) {
    const cause: ClickHouseRejection = {
      ...{ kind: 'clickhouse-rejection', serverCode, serverType, fault: 'view' },
    };
    const where = `${name} in the view ${view}`;
    return new MillraceError('clickhouse.rejected', where, { cause });
  }
  const fault = rowText === undefined ? meaning : 'data';
  const cause: ClickHouseRejection = {
    kind: 'clickhouse-rejection',
    serverCode,
    serverType,
    fault,
    ...(rowText === undefined ? {} : { rowNumber: Number(rowText) }),
  };
  const row = rowText === undefined ? '' : ` at row ${rowText}`;
  const reason = fault === 'data' ? '' : `: ${cut(message)}`;
  return new MillraceError('clickhouse.rejected', `${name}${row}${reason}`, { cause });
};

const REASON_CHARACTERS_MAX = 300;

const cut = (message: string): string => {
  const line = message.replace(/\s+/g, ' ').trim();
  return line.length <= REASON_CHARACTERS_MAX ? line : `${line.slice(0, REASON_CHARACTERS_MAX)}…`;
};

/** Failures to connect: the server has not seen the request. */
const NEVER_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  // a certificate that is not taken: the handshake ended before a request
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

const isTimeout = (error: unknown): boolean =>
  error instanceof Error && error.message === 'Timeout error.';

const classifyTransportError = (error: unknown): MillraceError => {
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string'
      ? error.code
      : undefined;
  const reason = code ?? (isTimeout(error) ? 'the time is up' : 'the answer is not of ClickHouse');
  if (code !== undefined && NEVER_SENT.has(code)) {
    return new MillraceError('clickhouse.unavailable', `ClickHouse cannot be reached: ${reason}`, {
      retryable: true,
    });
  }
  return new MillraceError(
    'clickhouse.outcome-unknown',
    `ClickHouse gave no usable answer: ${reason}`,
    {
      retryable: true,
    },
  );
};
