/** What is measured, over restarts: the tables, what goes there, and how it comes back. Asking for charts is read-history.ts. */
import type { ClickHouse } from '@millrace/clickhouse';
import type { DimensionMatch } from '@millrace/operations';
import type { History } from '../history/history.ts';
import type { HistoryTable } from '../history/history-table.ts';
import { latencyWindowMs } from './freshness-windows.ts';
import type { OffsetList, PartitionLedger, WatchedStream } from './watched-stream.ts';

const day = 86_400_000;

export const healthTable: HistoryTable = {
  name: 'millrace_stream_health',
  columns: {
    contract: 'LowCardinality(String)',
    rows: 'UInt64',
    late: 'UInt64',
    dead: 'UInt64',
    latency_buckets: 'Array(Int16)',
    latency_counts: 'Array(UInt64)',
  },
  orderBy: ['contract'],
  comment: 'Rows that became queryable in a minute, how many of them late, and latencies.',
};

/** Only the last row of a stream counts; it is written again before it expires. */
export const countsTable: HistoryTable = {
  name: 'millrace_stream_counts',
  columns: {
    contract: 'LowCardinality(String)',
    topic_id: 'LowCardinality(String)',
    on_kafka: 'UInt64',
    landed: 'UInt64',
    dead: 'UInt64',
    missing: 'UInt64',
    double: 'UInt64',
    ledger: 'String CODEC(ZSTD(3))',
  },
  orderBy: ['contract'],
  comment: 'How far rows are counted against offsets, and what came out, with the state to go on.',
  retentionMs: 3 * day,
};

export const dimensionTable: HistoryTable = {
  name: 'millrace_dimension_matches',
  columns: {
    contract: 'LowCardinality(String)',
    rows: 'UInt64',
    missing: 'UInt64',
    surplus: 'UInt64',
    different: 'UInt64',
  },
  orderBy: ['contract'],
  comment: 'Comparisons of dimensions with their source tables.',
};

export interface StreamHistory {
  /** Fills the streams with what was known; rejects with `clickhouse.*`. */
  restore(streams: readonly WatchedStream[], nowMs: number): Promise<void>;
  /** What has come since the last call. */
  write(streams: readonly WatchedStream[], nowMs: number): void;
  writeDimension(contract: string, match: DimensionMatch): void;
}

/** A ledger that stands still is written again so often. */
const rewriteMs = day;

export const createStreamHistory = (history: History, clickhouse: ClickHouse): StreamHistory => {
  const health = history.table(healthTable);
  const counts = history.table(countsTable);
  const dimensions = history.table(dimensionTable);
  const writtenMs = new Map<string, number>();

  const writeLedger = (stream: WatchedStream, nowMs: number): void => {
    const { contract, topicId, ledgers } = stream;
    const isOld = nowMs - (writtenMs.get(contract.id) ?? 0) >= rewriteMs;
    if (topicId === undefined || ledgers.size === 0 || !(stream.hasLedgerChanged || isOld)) return;
    writtenMs.set(contract.id, nowMs);
    stream.hasLedgerChanged = false;
    const all = [...ledgers.values()];
    const sum = (of: (one: PartitionLedger) => number) =>
      all.reduce((total, one) => total + of(one), 0);
    counts.append([
      {
        ...{ atMs: nowMs, contract: contract.id, topic_id: topicId },
        on_kafka: sum(({ started, done }) => done - started),
        landed: sum(({ landed }) => landed),
        dead: sum(({ dead }) => dead),
        missing: sum(({ missing, unlocated }) => missing.total + unlocated),
        double: sum(({ double }) => double.total),
        ledger: ledgerText(ledgers),
      },
    ]);
  };

  return {
    restore: async (streams, nowMs) => {
      const byContract = new Map(streams.map((stream) => [stream.contract.id, stream]));
      await restoreLedgers(clickhouse, byContract);
      await restoreWindows(clickhouse, byContract, nowMs);
      await restoreDimensions(clickhouse, byContract);
    },
    write: (streams, nowMs) => {
      for (const stream of streams) {
        const contract = stream.contract.id;
        health.append(
          [...stream.unwritten].map(([atMs, { rows, late, dead, latencies }]) => ({
            ...{ atMs, contract, rows, late, dead },
            latency_buckets: [...latencies.keys()],
            latency_counts: [...latencies.values()],
          })),
        );
        stream.unwritten.clear();
        writeLedger(stream, nowMs);
      }
    },
    writeDimension: (contract, { comparedAtMs: atMs, ...match }) =>
      dimensions.append([{ atMs, contract, ...match }]),
  };
};

type Writable = Omit<PartitionLedger, 'hash'> & { readonly hash: string };

/** A partition's ledger by its number, as JSON. */
export const ledgerText = (ledgers: ReadonlyMap<number, PartitionLedger>): string =>
  JSON.stringify(
    [...ledgers].map(([partition, ledger]): [number, Writable] => [
      partition,
      { ...ledger, hash: String(ledger.hash) },
    ]),
  );

const listOf = ({ total, ranges }: OffsetList): OffsetList => ({ total, ranges });

/** As `ledgerText` wrote them. */
export const parseLedgers = (text: string): readonly (readonly [number, PartitionLedger])[] =>
  (JSON.parse(text) as [number, Writable][]).map(([partition, ledger]) => [
    partition,
    {
      ...ledger,
      hash: BigInt(ledger.hash),
      missing: listOf(ledger.missing),
      double: listOf(ledger.double),
    },
  ]);

/** Rows of a table that may not have been made yet. */
const rowsOf = async <Row>(
  clickhouse: ClickHouse,
  table: HistoryTable,
  statement: string,
  params: Readonly<Record<string, unknown>> = {},
): Promise<readonly Row[]> => {
  const [found] = await clickhouse.query<{ result: number }>(`EXISTS TABLE ${table.name}`);
  return found?.result === 1 ? clickhouse.query<Row>(statement, params) : [];
};

type ByContract = ReadonlyMap<string, WatchedStream>;

const restoreLedgers = async (clickhouse: ClickHouse, streams: ByContract): Promise<void> => {
  const rows = await rowsOf<{ contract: string; topic_id: string; ledger: string }>(
    clickhouse,
    countsTable,
    `SELECT contract, topic_id, ledger FROM ${countsTable.name} ORDER BY at DESC LIMIT 1 BY contract`,
  );
  for (const { contract, topic_id: topicId, ledger } of rows) {
    const stream = streams.get(contract);
    if (stream === undefined) continue;
    stream.topicId = topicId;
    for (const [partition, one] of parseLedgers(ledger)) stream.ledgers.set(partition, one);
  }
};

const restoreWindows = async (
  clickhouse: ClickHouse,
  streams: ByContract,
  nowMs: number,
): Promise<void> => {
  const params = { now: nowMs, window: nowMs - latencyWindowMs };
  const now = 'fromUnixTimestamp64Milli({now: Int64})';
  type Counts = { contract: string; slot: string; rows: string; late: string };
  const hours = await rowsOf<Counts>(
    clickhouse,
    healthTable,
    `SELECT contract, toUnixTimestamp(toStartOfHour(at)) AS slot, sum(rows) AS rows, sum(late) AS late
     FROM ${healthTable.name} WHERE at > ${now} - INTERVAL 30 DAY GROUP BY contract, slot`,
    params,
  );
  for (const { contract, slot, rows, late } of hours)
    streams
      .get(contract)
      ?.windows.addHour(Number(slot) * 1000, { rows: Number(rows), late: Number(late) });
  const minutes = await rowsOf<Counts & { latencies: [number[], string[]] }>(
    clickhouse,
    healthTable,
    `SELECT contract, toUnixTimestamp(toStartOfMinute(at)) AS slot, sum(rows) AS rows, sum(late) AS late,
       sumMapIf(latency_buckets, latency_counts, at > fromUnixTimestamp64Milli({window: Int64})) AS latencies
     FROM ${healthTable.name} WHERE at > ${now} - INTERVAL 6 HOUR GROUP BY contract, slot`,
    params,
  );
  for (const { contract, slot, rows, late, latencies } of minutes) {
    const [buckets, counts] = latencies;
    const map = new Map(buckets.map((bucket, index) => [bucket, Number(counts[index])]));
    const stream = streams.get(contract);
    if (stream === undefined) continue;
    const atMs = Number(slot) * 1000;
    stream.windows.addMinute(atMs, { rows: Number(rows), late: Number(late) }, map);
    if (Number(rows) > 0) stream.lastQueryableMs = Math.max(stream.lastQueryableMs ?? 0, atMs);
  }
};

const restoreDimensions = async (clickhouse: ClickHouse, streams: ByContract): Promise<void> => {
  const rows = await rowsOf<Record<string, string>>(
    clickhouse,
    dimensionTable,
    `SELECT contract, toUnixTimestamp64Milli(at) AS comparedAtMs, rows, missing, surplus, different
     FROM ${dimensionTable.name} ORDER BY at DESC LIMIT 1 BY contract`,
  );
  for (const { contract, comparedAtMs, rows: all, missing, surplus, different } of rows) {
    const stream = streams.get(contract ?? '');
    if (stream === undefined) continue;
    stream.dimension = {
      ...{ comparedAtMs: Number(comparedAtMs), rows: Number(all), missing: Number(missing) },
      ...{ surplus: Number(surplus), different: Number(different) },
    };
  }
};
