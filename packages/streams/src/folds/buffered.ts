import type { Fold } from './fold.ts';

/** Records kept until their result is asked for, in the order of their times: `[time, key, selected]`. */
type Kept = [timeMs: number, key: string | null, selected: unknown][];

/**
 * A fold that can be merged, of one that cannot: it keeps what was selected of every record, in the order of time,
 * and folds it when the result is asked for. It costs the memory of its records.
 */
export const buffered = <V, R>(fold: Fold<V, R>): Fold<V, R, Kept> => {
  const { select } = fold;
  return {
    shape: `buffered(${fold.shape})`,
    exact: false,
    init: () => [],
    ...(select !== undefined && { select: select.bind(fold) }),
    add(kept, selected, { timeMs, key }) {
      let at = kept.length;
      while (at > 0 && kept[at - 1]![0] > timeMs) at -= 1;
      kept.splice(at, 0, [timeMs, key, selected]);
      return kept;
    },
    merge(into, from) {
      for (const one of from) into.push(one);
      return into.sort(([one], [other]) => one - other);
    },
    result: (kept) =>
      fold.result(
        kept.reduce(
          (accumulator, [timeMs, key, selected]) =>
            fold.add(accumulator, selected, { timeMs, key }),
          fold.init(),
        ),
      ),
  };
};
