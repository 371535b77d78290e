/** Keys and windows, by start, whose results have changed and not been handed on yet. */
export interface PendingUpdates {
  add(startMs: number, key: string): void;
  /** Takes all, key by key as they came; starts ascending. Some of the windows may have closed since. */
  take(visit: (key: string, starts: readonly number[]) => void): void;
}

export const createPendingUpdates = (): PendingUpdates => {
  const pending = new Map<string, number[]>();
  return {
    add(startMs, key) {
      const starts = pending.get(key);
      if (starts === undefined) pending.set(key, [startMs]);
      else if (starts[starts.length - 1]! < startMs) starts.push(startMs);
      else insert(starts, startMs);
    },
    take(visit) {
      for (const [key, starts] of pending) visit(key, starts);
      pending.clear();
    },
  };
};

const insert = (starts: number[], startMs: number): void => {
  let at = starts.length;
  while (at > 0 && starts[at - 1]! > startMs) at -= 1;
  if (starts[at - 1] !== startMs) starts.splice(at, 0, startMs);
};
