/** How fast slots keep more and more log, from the looks of the last minutes; pure. What it means is judge-slot.ts. */

/** Looks older than this do not count. */
const windowMs = 10 * 60_000;
/** Below it a rate is an accident. */
const spanMsMin = 20_000;

export interface SlotGrowth {
  look(key: string, atMs: number, retainedBytes: number): void;
  /** Bytes a second; null until it is known. */
  perSecond(key: string): number | null;
  keepOnly(keys: ReadonlySet<string>): void;
}

export const createSlotGrowth = (): SlotGrowth => {
  const looks = new Map<string, { readonly atMs: number; readonly bytes: number }[]>();
  return {
    look: (key, atMs, bytes) => {
      const before = looks.get(key) ?? [];
      looks.set(key, [...before.filter((one) => atMs - one.atMs <= windowMs), { atMs, bytes }]);
    },
    perSecond: (key) => {
      const [first, last] = [looks.get(key)?.at(0), looks.get(key)?.at(-1)];
      if (first === undefined || last === undefined) return null;
      const spanMs = last.atMs - first.atMs;
      return spanMs < spanMsMin ? null : ((last.bytes - first.bytes) / spanMs) * 1000;
    },
    keepOnly: (keys) => {
      for (const key of looks.keys()) if (!keys.has(key)) looks.delete(key);
    },
  };
};
