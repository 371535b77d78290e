import type { DiskStore } from './disk.ts';
import { clampTime } from './lmdb-store.ts';
import {
  type KeyView,
  readText,
  readTime,
  TIME_BYTES,
  textBytesMax,
  writeText,
  writeTime,
} from './storage-key.ts';

/** Does memory have an entry of it, deleted or not? It hides the disk's. */
export type IsHeld = (timeMs: number, key: string) => boolean;

/** A timed store's records on disk, less those that were dropped and are still there. */
export interface TimedDisk {
  get(timeMs: number, key: string): Buffer | undefined;
  has(timeMs: number, key: string): boolean;
  at(timeMs: number): Iterable<{ key: string; value: Buffer }>;
  all(): Iterable<{ timeMs: number; key: string; value: Buffer }>;
  /** The smallest time with an entry that memory does not hide. */
  firstTimeMs(isHeld: IsHeld): number | undefined;
  times(fromMs: number, toMs: number, isHeld: IsHeld): number[];
  timesOfKey(key: string, fromMs: number, toMs: number): number[];
  keysBefore(timeMs: number): Iterable<{ time: number; key: string }>;
  /** Everything before is gone for readers, and on disk until the checkpoint that removes it. */
  hideBefore(timeMs: number): void;
  isHidden(timeMs: number): boolean;
  /** Memory hides something at this time that it did not hide, or hid as an entry. */
  hid(timeMs: number): void;
  /** Memory hides less. */
  revealed(): void;
  /** A checkpoint was written; `isDropPending`: something was dropped that it does not have yet. */
  changed(isDropPending: boolean): void;
}

export const createTimedDisk = (disk: DiskStore): TimedDisk => {
  let hiddenBeforeMs = Number.NEGATIVE_INFINITY;
  // The smallest time, once it was looked for: it is asked for at every record.
  let first: { readonly timeMs: number | undefined } | undefined;
  // Windows mostly open behind everything that is on disk, which then need not be asked for them.
  let lastMs: number | undefined;

  const mayHave = (timeMs: number): boolean => {
    if (timeMs < hiddenBeforeMs) return false;
    lastMs ??= lastTime();
    return timeMs <= lastMs;
  };

  const lastTime = (): number => {
    const key = disk.lastKey();
    return key === undefined ? Number.NEGATIVE_INFINITY : readTime(key, 0);
  };

  /** The first time from `fromMs` on, below `toMs`, that has an entry which memory does not hide. */
  const nextTime = (fromMs: number, toMs: number, isHeld: IsHeld): number | undefined => {
    const from = Math.max(fromMs, hiddenBeforeMs);
    if (from >= toMs || !mayHave(from)) return undefined;
    for (const key of disk.keys(timeView(from), boundView(toMs))) {
      const timeMs = readTime(key, 0);
      if (!isHeld(timeMs, readText(key, TIME_BYTES, key.length))) return timeMs;
    }
    return undefined;
  };

  return {
    get: (timeMs, key) => (mayHave(timeMs) ? disk.get(scratchView(timeMs, key)) : undefined),
    has: (timeMs, key) => mayHave(timeMs) && disk.has(scratchView(timeMs, key)),
    *at(timeMs) {
      if (!mayHave(timeMs)) return;
      for (const { key, value } of disk.range(timeView(timeMs), timeView(timeMs + 1))) {
        yield { key: readText(key, TIME_BYTES, key.length), value };
      }
    },
    *all() {
      for (const { key, value } of disk.range(timeView(hiddenBeforeMs))) {
        yield { timeMs: readTime(key, 0), key: readText(key, TIME_BYTES, key.length), value };
      }
    },
    firstTimeMs(isHeld) {
      first ??= { timeMs: nextTime(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, isHeld) };
      return first.timeMs;
    },
    times(fromMs, toMs, isHeld) {
      const times: number[] = [];
      let next = nextTime(fromMs, toMs, isHeld);
      while (next !== undefined) {
        times.push(next);
        next = nextTime(next + 1, toMs, isHeld);
      }
      return times;
    },
    timesOfKey(key, fromMs, toMs) {
      const from = Math.max(fromMs, hiddenBeforeMs);
      return from < toMs && mayHave(from) ? disk.timesOfKey(key, from, toMs) : [];
    },
    *keysBefore(timeMs) {
      if (timeMs <= hiddenBeforeMs) return;
      for (const key of disk.keys(timeView(hiddenBeforeMs), timeView(timeMs))) {
        yield { time: readTime(key, 0), key: readText(key, TIME_BYTES, key.length) };
      }
    },
    hideBefore(timeMs) {
      hiddenBeforeMs = Math.max(hiddenBeforeMs, timeMs);
      if (first?.timeMs !== undefined && first.timeMs < timeMs) first = undefined;
    },
    isHidden: (timeMs) => timeMs < hiddenBeforeMs,
    hid(timeMs) {
      if (first?.timeMs === timeMs) first = undefined;
    },
    revealed() {
      first = undefined;
    },
    changed(isDropPending) {
      first = undefined;
      lastMs = undefined;
      if (!isDropPending) hiddenBeforeMs = Number.NEGATIVE_INFINITY;
    },
  };
};

const timeView = (timeMs: number): KeyView => {
  const bytes = Buffer.allocUnsafe(TIME_BYTES);
  writeTime(bytes, 0, clampTime(timeMs));
  return { bytes, start: 0, end: TIME_BYTES };
};

const boundView = (toMs: number): KeyView | undefined =>
  toMs === Number.POSITIVE_INFINITY ? undefined : timeView(toMs);

let scratch = Buffer.allocUnsafeSlow(4096);
const view: KeyView = { bytes: scratch, start: 0, end: 0 };

/** The key's bytes, until the next call. */
const scratchView = (timeMs: number, key: string): KeyView => {
  const room = TIME_BYTES + textBytesMax(key);
  if (room > scratch.length) scratch = Buffer.allocUnsafeSlow(room);
  view.bytes = scratch;
  view.end = writeText(scratch, writeTime(scratch, 0, timeMs), key);
  return view;
};
