/**
 * Keys by the time at which something of theirs may be due. Not state: they are made again from what is kept. Times are kept
 * in groups of about the same, so that a timer costs two array elements; a timer is not moved when what it is for is put
 * off, but looked at when it is due and set again.
 */
export interface KeyTimers {
  set(timeMs: number, key: string): void;
  /** Takes the keys of all timers up to and with this time, each once. */
  take(upToMs: number): ReadonlySet<string>;
  /** No timer is due before; Infinity when there is none. */
  readonly earliestMs: number;
}

interface Group {
  readonly times: number[];
  readonly keys: string[];
}

/** `groupMs`: a part of the time that a timer usually waits; the smaller, the less is looked at again and again. */
export const createKeyTimers = (groupMs: number): KeyTimers => {
  const groups = new Map<number, Group>();
  let earliestMs = Number.POSITIVE_INFINITY;

  const takeFrom = ({ times, keys }: Group, upToMs: number, due: Set<string>): number => {
    let kept = 0;
    let earliest = Number.POSITIVE_INFINITY;
    for (let at = 0; at < times.length; at += 1) {
      const timeMs = times[at]!;
      if (timeMs <= upToMs) due.add(keys[at]!);
      else {
        times[kept] = timeMs;
        keys[kept] = keys[at]!;
        kept += 1;
        if (timeMs < earliest) earliest = timeMs;
      }
    }
    times.length = kept;
    keys.length = kept;
    return earliest;
  };

  return {
    set(timeMs, key) {
      const number = Math.floor(timeMs / groupMs);
      let group = groups.get(number);
      if (group === undefined) {
        group = { times: [], keys: [] };
        groups.set(number, group);
      }
      group.times.push(timeMs);
      group.keys.push(key);
      if (timeMs < earliestMs) earliestMs = timeMs;
    },
    take(upToMs) {
      const due = new Set<string>();
      if (upToMs < earliestMs) return due;
      earliestMs = Number.POSITIVE_INFINITY;
      for (const [number, group] of groups) {
        const firstMs = number * groupMs;
        const left = firstMs > upToMs ? firstMs : takeFrom(group, upToMs, due);
        if (group.times.length === 0) groups.delete(number);
        else if (left < earliestMs) earliestMs = left;
      }
      return due;
    },
    get earliestMs() {
      return earliestMs;
    },
  };
};
