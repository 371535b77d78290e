/** How well something is, in words that the API, the console and the command line share. */

/** `unknown`: not measured yet, or nothing to measure. */
export const conditionStates = ['ok', 'warn', 'bad', 'unknown'] as const;
export type ConditionState = (typeof conditionStates)[number];

/** The graver of two: bad, warn, unknown, ok. */
const gravity: Readonly<Record<ConditionState, number>> = { ok: 0, unknown: 1, warn: 2, bad: 3 };

/** The gravest of them; `ok` of none. */
export const gravest = (states: Iterable<ConditionState>): ConditionState => {
  let worst: ConditionState = 'ok';
  for (const state of states) if (gravity[state] > gravity[worst]) worst = state;
  return worst;
};

/** A measurement over time: moments in ms since 1970, values beside them; null where nothing was measured. */
export interface Series {
  readonly atMs: readonly number[];
  readonly values: readonly (number | null)[];
}
