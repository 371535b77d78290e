/**
 * The time-out of an identity, by which its coordinator tells who takes over what no state of its own would: that only the
 * commit before is being repeated. Such a transaction, and an identity under which none was begun yet, is not aborted but
 * committed. A coordinator keeps the time-out with every state and forgets, with a new identity, how the last transaction ended.
 */
const SECOND_MS = 1_000;

/** Of transactions with records: whole seconds, at least one. */
export const wholeTimeoutMs = (timeoutMs: number): number =>
  Math.max(SECOND_MS, timeoutMs - (timeoutMs % SECOND_MS));

/** @param timeoutMs of the same identity otherwise, in whole seconds */
export const repeatingTimeoutMs = (timeoutMs: number): number => timeoutMs - 1;

export const repeatsCommit = (timeoutMs: number): boolean =>
  timeoutMs % SECOND_MS === SECOND_MS - 1;
