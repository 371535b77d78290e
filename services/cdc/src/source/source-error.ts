/**
 * What a failure of the source means: try again, or a person is needed. Decided by SQLSTATE (sql-states.ts), here
 * alone.
 */
import { MillraceError } from '@millrace/contracts';
import { verdictOn } from './sql-states.ts';

/** The driver's own words for a login or a TLS setting that cannot work; it gives no code. */
const refusedByDriver = /^SASL: |^The server does not support SSL/;

const sqlStateOf = (error: unknown): string | undefined => {
  const code = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' && /^[0-9FHPX][0-9A-Z]{4}$/.test(code) ? code : undefined;
};

/** The error as the platform's own; a MillraceError passes unchanged. */
export const sourceError = (error: unknown, doing: string): MillraceError => {
  if (error instanceof MillraceError) return error;
  const sqlState = sqlStateOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (sqlState === undefined) {
    const text = `${doing}: ${message}`;
    return refusedByDriver.test(message)
      ? new MillraceError('cdc.source-refused', text, { cause: error })
      : new MillraceError('cdc.source-unavailable', text, { retryable: true, cause: error });
  }
  const verdict = verdictOn(sqlState);
  const text = `${doing}: ${message} (SQLSTATE ${sqlState}: ${verdict.reason})`;
  return verdict.isRetryable
    ? new MillraceError('cdc.source-unavailable', text, { retryable: true, cause: error })
    : new MillraceError('cdc.source-refused', text, { cause: error });
};

/** lock_not_available, deadlock_detected: others hold the locks that the statement needs, and nothing of it was done. */
export const isLockedOut = (error: unknown): boolean =>
  error instanceof MillraceError && ['55P03', '40P01'].includes(sqlStateOf(error.cause) ?? '');

/** object_in_use: the slot has a consumer. */
export const isSlotInUse = (error: unknown): boolean =>
  error instanceof MillraceError && sqlStateOf(error.cause) === '55006';

/** undefined_table, undefined_column, invalid_schema_name: dropped or renamed since it was seen. */
export const isUndefinedObject = (error: unknown): boolean =>
  ['42P01', '42703', '3F000'].includes(sqlStateOf(error) ?? '');

/** configuration_limit_exceeded: all slots are in use; waiting does not help. */
export const isLimitReached = (error: unknown): boolean =>
  error instanceof MillraceError && sqlStateOf(error.cause) === '53400';
