import type { RecordInfo } from '../record-info.ts';
import { canonicalText } from './canonical-text.ts';
import type { Fold } from './fold.ts';

/** What a record gave, and its time. */
type Timed = readonly [timeMs: number, selected: unknown];

/**
 * Of the record with the lowest event time. Of several, the one whose value comes first as a text, so that it
 * does not matter how partitions interleave. Null when there is none.
 */
export const first = <V, T>(of: (value: V, info: RecordInfo) => T): Fold<V, T, Timed | null> =>
  byTime('first', of, (one, other) => compare(one, other) < 0);

/** Of the record with the highest event time; of several, the one whose value comes last as a text. */
export const last = <V, T>(of: (value: V, info: RecordInfo) => T): Fold<V, T, Timed | null> =>
  byTime('last', of, (one, other) => compare(one, other) > 0);

const byTime = <V, T>(
  kind: string,
  of: (value: V, info: RecordInfo) => T,
  isBetter: (candidate: Timed, best: Timed) => boolean,
): Fold<V, T, Timed | null> => {
  const better = (best: Timed | null, candidate: Timed | null): Timed | null => {
    if (candidate === null) return best;
    return best === null || isBetter(candidate, best) ? candidate : best;
  };
  return {
    shape: `${kind}:v1`,
    exact: true,
    init: () => null,
    select: of,
    add(best, selected, { timeMs }) {
      if (best !== null && isDecided(kind, timeMs, best[0])) return best;
      return better(best, [timeMs, selected]);
    },
    merge: better,
    result: (best) => (best === null ? null : best[1]) as T,
  };
};

/** Most records are not the best one: that is seen without looking at their values. */
const isDecided = (kind: string, timeMs: number, bestMs: number): boolean =>
  kind === 'first' ? timeMs > bestMs : timeMs < bestMs;

const compare = ([oneMs, one]: Timed, [otherMs, other]: Timed): number => {
  if (oneMs !== otherMs) return oneMs - otherMs;
  const [oneText, otherText] = [canonicalText(one), canonicalText(other)];
  return oneText < otherText ? -1 : oneText > otherText ? 1 : 0;
};

export interface CollectOptions {
  /** How many are kept at most. */
  readonly max: number;
}

/**
 * What the first `max` records give, by event time; those of one time in the order of their values as texts.
 * Later ones are left out.
 */
export const collect = <V, T>(
  of: (value: V, info: RecordInfo) => T,
  { max }: CollectOptions,
): Fold<V, readonly T[], Timed[]> => {
  const insert = (kept: Timed[], timed: Timed): Timed[] => {
    let at = kept.length;
    if (at === max && compare(kept[at - 1]!, timed) <= 0) return kept;
    while (at > 0 && compare(kept[at - 1]!, timed) > 0) at -= 1;
    kept.splice(at, 0, timed);
    if (kept.length > max) kept.pop();
    return kept;
  };
  return {
    shape: `collect ${max}:v1`,
    exact: true,
    init: () => [],
    select: of,
    add: (kept, selected, { timeMs }) => insert(kept, [timeMs, selected]),
    merge: (into, from) => from.reduce(insert, into),
    result: (kept) => kept.map(([, selected]) => selected as T),
  };
};
