/** Windows, by start, and keys whose results have changed and not been handed on yet. */
export interface PendingUpdates {
  add(startMs: number, key: string): void;
  /** Takes all, ordered by start; within a window as they came. */
  take(visit: (startMs: number, key: string) => void): void;
  /** A window has closed. */
  forget(startMs: number): void;
}

export const createPendingUpdates = (): PendingUpdates => {
  const pending = new Map<number, Set<string>>();
  return {
    add(startMs, key) {
      const keys = pending.get(startMs);
      if (keys === undefined) pending.set(startMs, new Set([key]));
      else keys.add(key);
    },
    take(visit) {
      const starts = [...pending.keys()].sort((one, other) => one - other);
      for (const startMs of starts) {
        for (const key of pending.get(startMs)!) visit(startMs, key);
      }
      pending.clear();
    },
    forget: (startMs) => void pending.delete(startMs),
  };
};
