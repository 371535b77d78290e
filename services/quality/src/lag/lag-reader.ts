/** What other parts may ask of the watch over groups; all as of its last round. */
import type { LagReport } from '@millrace/operations';
import type { LagSight } from './lag-watcher.ts';
import type { TopicReaders } from './report-lag.ts';

export interface LagReader {
  /** Undefined before the first round has ended well. */
  report(): LagReport | undefined;
  readers(): TopicReaders | undefined;
  /** Offsets by partition; `low` and `high` are a minute old at most. NaN: not known. Undefined: no such topic. */
  ends(topic: string): TopicEnds | undefined;
  /** Offsets that a topic grew by, each second of the last minute; markers of transactions count. */
  perSecond(topic: string): number | null;
}

/** They change with the next round. */
export interface TopicEnds {
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** For readers of committed records. */
  readonly stable: Float64Array;
}

const RATE_SPAN_MS = 60_000;

export const createLagReader = (
  seen: () => LagSight | undefined,
  report: (sight: LagSight) => LagReport,
  readers: (sight: LagSight) => TopicReaders,
): LagReader => {
  const placeOf = (topic: string) => {
    const sight = seen();
    const place = sight?.layout.topics.get(topic);
    return sight === undefined || place === undefined ? undefined : { sight, place };
  };
  return {
    report() {
      const sight = seen();
      return sight === undefined ? undefined : report(sight);
    },
    readers() {
      const sight = seen();
      return sight === undefined ? undefined : readers(sight);
    },
    ends(topic) {
      const found = placeOf(topic);
      if (found === undefined) return undefined;
      const { first, partitions } = found.place;
      const of = (column: Float64Array) => column.subarray(first, first + partitions);
      const { lows, highs, samples } = found.sight;
      return { low: of(lows), high: of(highs), stable: of(samples.now) };
    },
    perSecond(topic) {
      const found = placeOf(topic);
      if (found === undefined) return null;
      const { first, partitions } = found.place;
      return found.sight.samples.perSecond(first, partitions, RATE_SPAN_MS);
    },
  };
};
