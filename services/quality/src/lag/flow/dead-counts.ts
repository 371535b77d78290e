/**
 * How many records went to each dead letter topic in the last hour, by offsets alone. A service that writes them in
 * transactions leaves a marker with each, which is counted as well.
 */
import type { Admin } from '@millrace/kafka';

export interface DeadCounts {
  /** Of these topics; kept for half a minute. A topic that cannot be asked for is null. */
  read(
    topics: readonly string[],
    endOf: (topic: string) => Float64Array | undefined,
  ): Promise<ReadonlyMap<string, number | null>>;
}

const HOUR_MS = 3_600_000;
const KEPT_MS = 30_000;

export const createDeadCounts = (admin: Admin, nowMs: () => number): DeadCounts => {
  let kept: ReadonlyMap<string, number | null> = new Map();
  let readMs = Number.NEGATIVE_INFINITY;

  const count = async (topic: string, ends: Float64Array | undefined) => {
    if (ends === undefined) return null;
    const since = await admin.offsetsAt(topic, nowMs() - HOUR_MS).catch(() => undefined);
    if (since === undefined) return null;
    return since.reduce(
      (sum, { partition, offset }) => sum + Math.max(0, (ends[partition] ?? 0) - offset),
      0,
    );
  };
  return {
    async read(topics, endOf) {
      if (nowMs() - readMs < KEPT_MS) return kept;
      const counts = await Promise.all(topics.map((topic) => count(topic, endOf(topic))));
      kept = new Map(topics.map((topic, index) => [topic, counts[index]!]));
      readMs = nowMs();
      return kept;
    },
  };
};
