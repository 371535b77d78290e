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

/**
 * A class, since there is one for each key of some stores: its methods then cost nothing, and closures would
 * be most of its memory.
 */
class TimesInArray implements SortedTimes {
  private times: number[] = [];
  private start = 0;

  /** The position of the first time that is not below `timeMs`. */
  private lowerBound(timeMs: number): number {
    let low = this.start;
    let high = this.times.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.times[middle]! < timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  add(timeMs: number): void {
    const { times } = this;
    if (this.start === times.length || times[times.length - 1]! < timeMs) {
      times.push(timeMs);
      return;
    }
    const at = this.lowerBound(timeMs);
    if (times[at] !== timeMs) times.splice(at, 0, timeMs);
  }

  delete(timeMs: number): void {
    const { times } = this;
    const at = this.lowerBound(timeMs);
    if (times[at] !== timeMs) return;
    if (at > this.start) {
      times.splice(at, 1);
      return;
    }
    this.start += 1;
    if (this.start < COMPACT_FROM || this.start * 2 < times.length) return;
    this.times = times.slice(this.start);
    this.start = 0;
  }

  first(): number | undefined {
    return this.times[this.start];
  }

  between(fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY): number[] {
    return this.times.slice(this.lowerBound(fromMs), this.lowerBound(toMs));
  }
}

/** An empty set of times. */
export const createSortedTimes = (): SortedTimes => new TimesInArray();
