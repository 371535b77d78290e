/**
 * What somebody sees who asks ClickHouse all the time: how long an event takes from the door's answer until the transform's
 * results count it, and how old the newest change of the dimension is while rows change without a pause. Events are matched
 * by order: the n-th taken is counted when n are. A measurement, no proof: that is the audit's.
 */
import { type ClickHouseDatabase, pace } from '@millrace/testkit';
import { arrived } from './audit.ts';
import type { Traffic } from './traffic.ts';

export interface ResultsWatch {
  /** p50 / p99 / worst in ms: of the events that were taken from then on, and of the looks at the dimension. */
  since(fromMs: number): string;
  stop(): Promise<void>;
}

interface Sample {
  readonly atMs: number;
  readonly lateMs: number;
}

const INTERVAL_MS = 100;

const spread = (samples: readonly Sample[], fromMs: number): string => {
  const late = samples.filter(({ atMs }) => atMs >= fromMs).map(({ lateMs }) => lateMs);
  late.sort((a, b) => a - b);
  const at = (share: number) => late[Math.ceil(share * late.length) - 1];
  return `${at(0.5)} / ${at(0.99)} / ${at(1)}`;
};

/** @param before events that are counted already */
export function watchResults(
  warehouse: ClickHouseDatabase,
  traffic: Traffic,
  before = 0,
): ResultsWatch {
  const waiting: { readonly upTo: number; readonly atMs: number }[] = [];
  const samples: Sample[] = [];
  const ages: Sample[] = [];
  let taken = before;
  let isOver = false;
  traffic.onAccepted((events, atMs) => {
    taken += events;
    waiting.push({ upTo: taken, atMs });
  });
  const watching = (async () => {
    while (!isOver) {
      const askedMs = Date.now();
      const { counted, newestChangeMs } = await arrived(warehouse);
      const nowMs = Date.now();
      if (newestChangeMs > 0) ages.push({ atMs: askedMs, lateMs: askedMs - newestChangeMs });
      while (waiting[0] !== undefined && waiting[0].upTo <= counted) {
        const { atMs } = waiting.shift() as { atMs: number };
        samples.push({ atMs, lateMs: nowMs - atMs });
      }
      await pace(INTERVAL_MS);
    }
  })();
  return {
    since: (fromMs) => `results ${spread(samples, fromMs)}, newest change ${spread(ages, fromMs)}`,
    stop: async () => {
      isOver = true;
      await watching;
    },
  };
}
