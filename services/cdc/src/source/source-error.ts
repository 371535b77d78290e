/**
 * What a failure of the source means: try again, or a person is needed. Decided by SQLSTATE, here alone.
 * Source: PostgreSQL documentation, appendix A.
 */
import { MillraceError } from '@millrace/contracts';

/** Classes that mean "not like this": login, rights, names, syntax, wrong database. */
const permanentClasses = new Set(['28', '42', '3D', '3F', '0A', '22']);

const sqlStateOf = (error: unknown): string | undefined => {
  const code = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
};

/** The error as the platform's own; a MillraceError passes unchanged. */
export const sourceError = (error: unknown, doing: string): MillraceError => {
  if (error instanceof MillraceError) return error;
  const sqlState = sqlStateOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (sqlState === undefined) {
    return new MillraceError('cdc.source-unavailable', `${doing}: ${message}`, {
      retryable: true,
      cause: error,
    });
  }
  const text = `${doing}: ${message} (SQLSTATE ${sqlState})`;
  if (permanentClasses.has(sqlState.slice(0, 2))) {
    return new MillraceError('cdc.source-refused', text, { cause: error });
  }
  return new MillraceError('cdc.source-unavailable', text, { retryable: true, cause: error });
};

/** lock_not_available: lock_timeout passed. */
export const isLockTimeout = (error: unknown): boolean =>
  error instanceof MillraceError && sqlStateOf(error.cause) === '55P03';

/** object_in_use: the slot has a consumer. */
export const isSlotInUse = (error: unknown): boolean =>
  error instanceof MillraceError && sqlStateOf(error.cause) === '55006';

/** undefined_table, undefined_column, invalid_schema_name: dropped or renamed since it was seen. */
export const isUndefinedObject = (error: unknown): boolean =>
  ['42P01', '42703', '3F000'].includes(sqlStateOf(error) ?? '');
