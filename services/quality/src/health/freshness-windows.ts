/**
 * Rows and late rows of one stream by minute for six hours and by hour for thirty days: what shares, budgets and burn rates are made of. Fixed
 * memory, 15 KB a stream, and latencies of the last quarter of an hour. Which rows are late is the caller's affair.
 */
import { addCounts, type LatencyCounts, quantileMs } from './latency-sketch.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const minutesKept = 6 * 60;
const hoursKept = 30 * 24;
/** Window of the quantiles. */
export const latencyWindowMs = 15 * minuteMs;

export interface RowCounts {
  readonly rows: number;
  readonly late: number;
}

export interface FreshnessWindows {
  /** Rows that became queryable in the minute of `atMs`; more of the same minute may follow. */
  add(atMs: number, counts: RowCounts, latencies: LatencyCounts): void;
  /** As `add`, of a whole hour of before: without minutes. */
  addHour(atMs: number, counts: RowCounts): void;
  /** As `add`, of a minute whose hour is known already. */
  addMinute(atMs: number, counts: RowCounts, latencies: LatencyCounts): void;
  /** Of the last `windowMs`: by minutes up to six hours, by hours up to thirty days. */
  counts(nowMs: number, windowMs: number): RowCounts;
  quantile(nowMs: number, share: number): number | null;
}

/** Slots of one length, each for the newest time that fell into it. */
const createRing = (slots: number, slotMs: number) => {
  const times = new Int32Array(slots).fill(-1);
  const rows = new Float64Array(slots);
  const late = new Float64Array(slots);
  return {
    add: (atMs: number, counts: RowCounts) => {
      const time = Math.floor(atMs / slotMs);
      const slot = time % slots;
      if (times[slot]! > time) return;
      if (times[slot]! < time) [times[slot], rows[slot], late[slot]] = [time, 0, 0];
      rows[slot]! += counts.rows;
      late[slot]! += counts.late;
    },
    sum: (nowMs: number, windowMs: number): RowCounts => {
      const newest = Math.floor(nowMs / slotMs);
      const oldest = newest - Math.min(slots, Math.ceil(windowMs / slotMs));
      const sum = { rows: 0, late: 0 };
      for (let slot = 0; slot < slots; slot += 1) {
        if (times[slot]! <= oldest) continue;
        sum.rows += rows[slot]!;
        sum.late += late[slot]!;
      }
      return sum;
    },
  };
};

export const createFreshnessWindows = (): FreshnessWindows => {
  const minutes = createRing(minutesKept, minuteMs);
  const hours = createRing(hoursKept, hourMs);
  const latest = new Map<number, LatencyCounts>();

  const addMinute: FreshnessWindows['addMinute'] = (atMs, counts, latencies) => {
    minutes.add(atMs, counts);
    const minute = Math.floor(atMs / minuteMs);
    const kept = latest.get(minute) ?? new Map<number, number>();
    latest.set(minute, kept);
    addCounts(kept, latencies);
    const newest = Math.max(...latest.keys());
    for (const old of latest.keys())
      if ((newest - old) * minuteMs > latencyWindowMs) latest.delete(old);
  };
  return {
    add: (atMs, counts, latencies) => {
      hours.add(atMs, counts);
      addMinute(atMs, counts, latencies);
    },
    addHour: (atMs, counts) => hours.add(atMs, counts),
    addMinute,
    counts: (nowMs, windowMs) =>
      (windowMs <= minutesKept * minuteMs ? minutes : hours).sum(nowMs, windowMs),
    quantile: (nowMs, share) => {
      const merged: LatencyCounts = new Map();
      for (const [minute, counts] of latest)
        if (minute * minuteMs > nowMs - latencyWindowMs - minuteMs) addCounts(merged, counts);
      return quantileMs(merged, share);
    },
  };
};
