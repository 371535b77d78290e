/** What a query source needs of a database: one read-only session with a bound, chunks behind a position, and errors alike. */
import { MillraceError } from '@millrace/contracts';
import type { Clock } from '@millrace/pipeline';
import type { RowFault } from '../pull-source.ts';

/** The last row that was read: cursor and key as the database's text (hexadecimal where it has bytes). */
export interface QueryPosition {
  readonly cursor: string;
  readonly key: string | null;
}

export interface QueryChunk {
  /** Objects by column; undefined where `faults` tells why. */
  readonly values: readonly unknown[];
  readonly faults: ReadonlyMap<number, RowFault>;
  /** Of the last row; absent where there are none. */
  readonly last?: QueryPosition;
}

export interface QuerySession {
  /**
   * Up to where the cursor is complete, as the session's own text, after all that may still write below it has ended;
   * undefined where there are no rows. Rejects with `ingest.place-*`.
   */
  settle(clock: Clock, signal: AbortSignal): Promise<string | undefined>;
  /** Rows behind the position up to the bound, by (cursor, key), no more than a chunk. Rejects with `ingest.place-*`. */
  chunk(bound: string, behind: QueryPosition | undefined): Promise<QueryChunk>;
  close(): Promise<void>;
}

/** A driver's error in words alone: what it carries besides may hold the password. @param isLasting a person must cure it */
export const placeError = (
  database: string,
  cause: unknown,
  isLasting: (code: string) => boolean,
): MillraceError => {
  const { code = '', message = '' } = cause as { code?: string; message?: string };
  const lasts = isLasting(code);
  const words = `${database}: ${message === '' ? 'no connection' : message}${code === '' ? '' : ` (${code})`}`;
  return new MillraceError(lasts ? 'ingest.place-refused' : 'ingest.place-unavailable', words, {
    retryable: !lasts,
    cause,
  });
};

/** A cursor that may be null is refused before a row is read. */
export const cursorIsNull = (column: string): MillraceError =>
  new MillraceError(
    'ingest.place-refused',
    `${column} is null in some rows, which would never be read`,
  );
