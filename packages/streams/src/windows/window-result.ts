import type { Flow } from '../flow.ts';

/** What a window comes to: handed on under the key of its records. */
export interface WindowResult<R> {
  readonly key: string;
  readonly window: WindowBounds;
  readonly value: R;
}

/** What the records of a key have come to so far. */
export interface KeyResult<R> {
  readonly key: string;
  readonly value: R;
}

export interface WindowBounds {
  readonly startMs: number;
  /** Not in the window; of sliding and session windows, and windows by count, its last time. */
  readonly endMs: number;
}

/**
 * A result on its way. `watermarkMs`: where event time stands behind the operator, so that the result is never late
 * there by itself.
 */
export const resultFlow = <R>(
  result: WindowResult<R>,
  timeMs: number,
  watermarkMs: number,
): Flow<WindowResult<R>> => ({ key: result.key, value: result, timeMs, watermarkMs });

/** Entries in the order of their keys, by UTF-16 code units: results leave in the same order in every run. */
export const byKey = <V>(entries: Iterable<readonly [key: string, value: V]>) =>
  [...entries].sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
