/** A stream's figures over time, for charts: out of ClickHouse, in steps that fit the span. */
import type { ClickHouse } from '@millrace/clickhouse';
import { quoteName, rejectedEventsId } from '@millrace/contracts';
import type { HealthHistory } from '@millrace/operations';
import { type LatencyCounts, quantileMs } from './latency-sketch.ts';
import { healthTable } from './stream-history.ts';
import type { WatchedStream } from './watched-stream.ts';

export const historyHoursMax = 720;

/** Seconds of a step: never more than 750 values. */
export const stepSeconds = (hours: number): number => {
  if (hours <= 12) return 60;
  return hours <= 168 ? 900 : 3600;
};

interface StepRow {
  readonly slot: string;
  readonly rows: string;
  readonly dead: string;
  readonly latencies: readonly [readonly number[], readonly string[]];
}

/** Rejects with `clickhouse.*`. Steps without rows have null latencies and a rate of 0. */
export const readHealthHistory = async (
  clickhouse: ClickHouse,
  stream: WatchedStream,
  rejectedTable: string | undefined,
  nowMs: number,
  hours: number,
): Promise<HealthHistory> => {
  const contract = stream.contract.id;
  const step = stepSeconds(hours);
  const first = Math.floor(nowMs / 1000 / step) - Math.floor((hours * 3600) / step) + 1;
  const params = { contract, step, from: first * step };
  const [exists] = await clickhouse.query<{ result: number }>(`EXISTS TABLE ${healthTable.name}`);
  const rows =
    exists?.result !== 1
      ? []
      : await clickhouse.query<StepRow>(
          `SELECT intDiv(toUnixTimestamp(at), {step: UInt32}) AS slot, sum(rows) AS rows, sum(dead) AS dead,
             sumMap(latency_buckets, latency_counts) AS latencies
           FROM (SELECT * FROM ${healthTable.name} WHERE contract = {contract: String} AND at >= toDateTime({from: UInt32}))
           GROUP BY slot`,
          params,
        );
  const rejected =
    rejectedTable === undefined
      ? []
      : await clickhouse.query<{ slot: string; events: string }>(
          `SELECT intDiv(toUnixTimestamp(rejected_at), {step: UInt32}) AS slot, count() AS events
           FROM ${quoteName(rejectedTable)} WHERE stream = {contract: String} AND rejected_at >= toDateTime({from: UInt32})
           GROUP BY slot`,
          params,
        );
  const bySlot = new Map(rows.map((row) => [Number(row.slot), row]));
  const rejectedBySlot = new Map(
    rejected.map(({ slot, events }) => [Number(slot), Number(events)]),
  );
  const slots = Array.from(
    { length: Math.floor((hours * 3600) / step) },
    (_, index) => first + index,
  );
  const atMs = slots.map((slot) => slot * step * 1000);
  const series = (of: (row: StepRow | undefined, slot: number) => number | null) => ({
    atMs,
    values: slots.map((slot) => of(bySlot.get(slot), slot)),
  });
  const quantile = (share: number) =>
    series((row) => (row === undefined ? null : quantileMs(countsOf(row), share)));
  return {
    contract,
    ...{ p50Ms: quantile(0.5), p99Ms: quantile(0.99) },
    perSecond: series((row) => Number(row?.rows ?? 0) / step),
    rejected: series((_, slot) => rejectedBySlot.get(slot) ?? 0),
    dead: series((row) => Number(row?.dead ?? 0)),
  };
};

const countsOf = ({ latencies: [buckets, counts] }: StepRow): LatencyCounts =>
  new Map(buckets.map((bucket, index) => [bucket, Number(counts[index])]));

/** How many of each stream were refused and kept, in the last thirty days. Rejects with `clickhouse.*`. */
export const readRejected = async (
  clickhouse: ClickHouse,
  rejectedTable: string,
): Promise<ReadonlyMap<string, number>> => {
  const rows = await clickhouse.query<{ stream: string; events: string }>(
    `SELECT stream, count() AS events FROM ${quoteName(rejectedTable)} GROUP BY stream`,
  );
  return new Map(rows.map(({ stream, events }) => [stream, Number(events)]));
};

/** Where the door's refusals land; undefined in a project that keeps none. */
export const rejectedTableOf = (streams: readonly WatchedStream[]): string | undefined =>
  streams.find(({ contract }) => contract.id === rejectedEventsId)?.contract.warehouse.table;
