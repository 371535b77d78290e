import type { RecordInfo } from '../record-info.ts';
import { canonicalText } from './canonical-text.ts';
import type { Ordered } from './extremes.ts';
import type { Fold } from './fold.ts';

/** What a record gave, and its rank. */
type Ranked = readonly [rank: Ordered, selected: unknown];

type By<V> = (value: V, info: RecordInfo) => Ordered | null | undefined;

export interface TopOptions<V, T> {
  /** What is kept of a record; the whole of it when left out. */
  readonly of?: (value: V, info: RecordInfo) => T;
}

/**
 * The `n` records that are greatest by `by`, the greatest first; of equal ones those whose values come first
 * as texts. Records without a rank are passed over.
 */
export const topN = <V, T = V>(
  n: number,
  by: By<V>,
  options: TopOptions<V, T> = {},
): Fold<V, readonly NoInfer<T>[], Ranked[]> => ({
  ...ranking(n, by, options, 1),
  shape: `top ${n}:v1`,
  result: (kept) => kept.map(([, selected]) => selected as never),
});

/** The record that is greatest by `by`; of equal ones the one whose value comes first as a text. Null when there is none. */
export const maxBy = <V, T = V>(
  by: By<V>,
  options: TopOptions<V, T> = {},
): Fold<V, NoInfer<T>, Ranked[]> => ({
  ...ranking(1, by, options, 1),
  shape: 'max-by:v1',
  result: best,
});

/** The same for the smallest. */
export const minBy = <V, T = V>(
  by: By<V>,
  options: TopOptions<V, T> = {},
): Fold<V, NoInfer<T>, Ranked[]> => ({
  ...ranking(1, by, options, -1),
  shape: 'min-by:v1',
  result: best,
});

const best = (kept: Ranked[]) => (kept.length === 0 ? null : kept[0]![1]) as never;

/** `sign`: -1 keeps the smallest. */
const ranking = <V, T>(n: number, by: By<V>, { of }: TopOptions<V, T>, sign: 1 | -1) => {
  /** Below 0: `one` comes before. */
  const compare = ([oneRank, one]: Ranked, [otherRank, other]: Ranked): number => {
    if (oneRank !== otherRank) return (oneRank > otherRank ? -1 : 1) * sign;
    const [oneText, otherText] = [canonicalText(one), canonicalText(other)];
    return oneText < otherText ? -1 : oneText > otherText ? 1 : 0;
  };

  const insert = (kept: Ranked[], ranked: Ranked): Ranked[] => {
    let at = kept.length;
    if (at === n && compare(kept[at - 1]!, ranked) <= 0) return kept;
    while (at > 0 && compare(kept[at - 1]!, ranked) > 0) at -= 1;
    kept.splice(at, 0, ranked);
    if (kept.length > n) kept.pop();
    return kept;
  };

  return {
    exact: true,
    init: (): Ranked[] => [],
    select(value: V, info: RecordInfo): Ranked | null {
      const rank = by(value, info) ?? null;
      if (rank === null || Number.isNaN(rank)) return null;
      return [
        typeof rank === 'number' ? rank + 0 : rank,
        of === undefined ? value : of(value, info),
      ];
    },
    add: (kept: Ranked[], selected: unknown) =>
      selected === null ? kept : insert(kept, selected as Ranked),
    merge: (into: Ranked[], from: Ranked[]) => from.reduce(insert, into),
  };
};
