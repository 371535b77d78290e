/**
 * A set of times in ascending order. Times mostly come in at the end and leave at the beginning, so an
 * array with a moving start is enough: both cost next to nothing, an insert amid them costs a copy.
 */
export interface SortedTimes {
  add(timeMs: number): void;
  delete(timeMs: number): void;
  first(): number | undefined;
  /** Ascending, from `fromMs` up to, not including, `toMs`, as they stood at the call. */
  between(fromMs?: number, toMs?: number): number[];
}

const COMPACT_FROM = 64;

export const createSortedTimes = (): SortedTimes => {
  let times: number[] = [];
  let start = 0;

  /** The position of the first time that is not below `timeMs`. */
  const lowerBound = (timeMs: number): number => {
    let low = start;
    let high = times.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (times[middle]! < timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  return {
    add(timeMs) {
      if (start === times.length || times[times.length - 1]! < timeMs) {
        times.push(timeMs);
        return;
      }
      const at = lowerBound(timeMs);
      if (times[at] !== timeMs) times.splice(at, 0, timeMs);
    },
    delete(timeMs) {
      const at = lowerBound(timeMs);
      if (times[at] !== timeMs) return;
      if (at > start) {
        times.splice(at, 1);
        return;
      }
      start += 1;
      if (start < COMPACT_FROM || start * 2 < times.length) return;
      times = times.slice(start);
      start = 0;
    },
    first: () => times[start],
    between: (fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY) =>
      times.slice(lowerBound(fromMs), lowerBound(toMs)),
  };
};
