import type { KeyedStoreSpec, StoreSpec, Stores, TimedStoreSpec } from '@millrace/streams';
import type { StateQuestion } from './state-question.ts';

/** What one store holds for one key; undefined when it holds nothing. */
export type FoundState =
  | { readonly value: unknown }
  | {
      readonly entries: readonly { readonly timeMs: number; readonly value: unknown }[];
      /** There are more than were asked for, or than are looked through for one question. */
      readonly truncated: boolean;
    };

/** Times of a store that one question looks through at most: a question must not hold up the task. */
const TIMES_MAX = 10_000;

/** Reads the state as it is processed so far; it may be ahead of the last commit by one commit. */
export const readState = (
  spec: StoreSpec,
  stores: Stores,
  question: StateQuestion,
): FoundState | undefined =>
  spec.kind === 'keyed' ? readKeyed(spec, stores, question.key) : readTimed(spec, stores, question);

const readKeyed = (spec: KeyedStoreSpec, stores: Stores, key: string): FoundState | undefined => {
  const value = stores.keyed(spec).get(key);
  return value === undefined ? undefined : { value: spec.show?.(value) ?? value };
};

const readTimed = (
  spec: TimedStoreSpec,
  stores: Stores,
  { key, fromMs, toMs, limit }: StateQuestion,
): FoundState | undefined => {
  const store = stores.timed(spec);
  const entries: { timeMs: number; value: unknown }[] = [];
  let looked = 0;
  let truncated = false;
  for (const timeMs of store.times(fromMs, toMs)) {
    looked += 1;
    truncated = entries.length === limit || looked > TIMES_MAX;
    if (truncated) break;
    const value = store.get(timeMs, key);
    if (value !== undefined) entries.push({ timeMs, value: spec.show?.(value) ?? value });
  }
  return entries.length === 0 ? undefined : { entries, truncated };
};
