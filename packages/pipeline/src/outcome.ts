/**
 * What becomes of a record: it has four fates, and they are values. Nothing else leaves a step: an
 * exception is a fault of the surroundings (retried) or of the code (the process ends), never of the record.
 */
export type Outcome<T, Output extends string = string> = Ok<T> | Stopped<Output>;

/** A fate that ends the record's way through the pipeline. */
export type Stopped<Output extends string = string> = Drop | DeadLetter | Redirect<Output>;

export interface Ok<T> {
  readonly kind: 'ok';
  readonly value: T;
}
/** The record is done with on purpose, e.g. a repeat of one already taken. */
export interface Drop {
  readonly kind: 'drop';
  readonly reason: string;
  /** The step that stopped the record; `compose` fills it in. */
  readonly step?: string;
}
/** The record can never be processed; it is kept, with the reason, where a person finds it. */
export interface DeadLetter {
  readonly kind: 'dead-letter';
  /** An error code or another stable word. */
  readonly code: string;
  readonly reason: string;
  /** More for whoever receives the record, e.g. what is wrong field by field. */
  readonly detail?: unknown;
  readonly step?: string;
}
/** The record goes on to another output. Outputs are named, never topics. */
export interface Redirect<Output extends string = string> {
  readonly kind: 'redirect';
  readonly output: Output;
  readonly reason: string;
  readonly step?: string;
}

/** The record goes on with this value. */
export const ok = <T>(value: T): Ok<T> => ({ kind: 'ok', value });

/** The record is done with, on purpose. */
export const drop = (reason: string): Drop => ({ kind: 'drop', reason });

/** The record can never be processed. */
export const deadLetter = (code: string, reason: string, detail?: unknown): DeadLetter => ({
  kind: 'dead-letter',
  code,
  reason,
  ...(detail === undefined ? {} : { detail }),
});

/** The record goes to another output. */
export const redirect = <Output extends string>(
  output: Output,
  reason: string,
): Redirect<Output> => ({ kind: 'redirect', output, reason });
