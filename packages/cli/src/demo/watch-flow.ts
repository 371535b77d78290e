import type { ClickHouse } from '@millrace/clickhouse';
import type { Admin } from '@millrace/kafka';
import { type Clock, systemClock } from '@millrace/pipeline';
import { createFreshnessMeter } from './freshness.ts';

/**
 * Looks at the flow while it runs: what was sent, what Kafka holds, what a SELECT counts. It measures from
 * outside, with the same interfaces that a user has.
 */
export interface FlowSample {
  readonly sent: number;
  readonly onKafka: number;
  readonly inClickHouse: number;
  /** Records that Kafka holds and ClickHouse does not show yet. */
  readonly lag: number;
  /** Door's 202 → counted by a SELECT, ms. */
  readonly freshnessP50Ms: number | undefined;
  readonly freshnessP99Ms: number | undefined;
}

export interface FlowWatch {
  accepted(records: number): void;
  sample(): FlowSample;
  /** Resolves once ClickHouse counts `records`, or when `timeoutMs` pass without progress: the audit judges. */
  caughtUp(records: number, timeoutMs: number): Promise<void>;
  stop(): Promise<void>;
}

interface WatchOptions {
  readonly clickhouse: ClickHouse;
  readonly admin: Admin;
  readonly table: string;
  readonly topic: string;
  readonly clock?: Clock;
}

/** Interval between two counts; the resolution of the freshness figures. */
const LOOK_INTERVAL_MS = 20;
const KAFKA_INTERVAL_MS = 500;

export function watchFlow(options: WatchOptions): FlowWatch {
  const { clickhouse, admin, clock = systemClock } = options;
  const meter = createFreshnessMeter();
  const counts = { sent: 0, onKafka: 0, inClickHouse: 0 };
  const stopped = new AbortController();
  let progressAtMs = performance.now();

  const lookAtClickHouse = async (): Promise<void> => {
    const [row] = await clickhouse.query<{ n: string }>(
      `SELECT count() AS n FROM ${options.table}`,
    );
    const visible = Number(row?.n ?? 0);
    const nowMs = performance.now();
    if (visible > counts.inClickHouse) progressAtMs = nowMs;
    counts.inClickHouse = visible;
    meter.seen(visible, nowMs);
  };
  const lookAtKafka = async (): Promise<void> => {
    const offsets = await admin.partitionOffsets(options.topic);
    counts.onKafka = offsets.reduce((sum, partition) => sum + partition.high - partition.low, 0);
  };
  const loop = async (look: () => Promise<void>, intervalMs: number): Promise<void> => {
    while (!stopped.signal.aborted) {
      await look();
      await clock.sleep(intervalMs, stopped.signal).catch(() => undefined);
    }
  };
  const loops = Promise.all([
    loop(lookAtClickHouse, LOOK_INTERVAL_MS),
    loop(lookAtKafka, KAFKA_INTERVAL_MS),
  ]);
  // A failed look surfaces at the next await of `caughtUp` or `stop`, not as an unhandled rejection.
  loops.catch(() => undefined);

  const whenCounted = async (records: number, timeoutMs: number): Promise<void> => {
    progressAtMs = performance.now();
    while (counts.inClickHouse < records) {
      if (performance.now() - progressAtMs > timeoutMs) return;
      await clock.sleep(LOOK_INTERVAL_MS);
    }
    await lookAtKafka();
  };

  return {
    accepted(records) {
      counts.sent += records;
      meter.accepted(records, performance.now());
    },
    sample: () => ({
      ...counts,
      lag: Math.max(0, counts.onKafka - counts.inClickHouse),
      freshnessP50Ms: meter.percentile(0.5),
      freshnessP99Ms: meter.percentile(0.99),
    }),
    caughtUp: (records, timeoutMs) =>
      Promise.race([whenCounted(records, timeoutMs), loops.then(() => undefined)]),
    async stop() {
      stopped.abort();
      await loops;
    },
  };
}
