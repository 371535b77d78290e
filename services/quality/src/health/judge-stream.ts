/** What the figures of a stream mean: how it is, why in words, and what is told of it to those who must know. Nothing is asked here. */
import {
  type ConditionState,
  gravest,
  type StreamCounts,
  type StreamFreshness,
  type StreamHealth,
} from '@millrace/operations';
import { rangesText } from '@millrace/reconcile';
import type { Condition } from '../conditions/condition-board.ts';
import { budgetLeft, burnAlarm, burnRate } from './burn-rate.ts';
import { latencyWindowMs } from './freshness-windows.ts';
import { isCounted, type PartitionLedger, type WatchedStream } from './watched-stream.ts';

const hourMs = 3_600_000;
const rateWindowMs = 5 * 60_000;
/** Late rows that are told of a busy stream; of a quiet one half of its rows. */
const lateLeast = 10;

export interface JudgedStream {
  readonly health: StreamHealth;
  readonly conditions: readonly Condition[];
}

/** @param lateShare of rows that the objective allows to be late */
export const judgeStream = (
  stream: WatchedStream,
  nowMs: number,
  lateShare: number,
): JudgedStream => {
  const { contract } = stream;
  const counts = countsOf(stream);
  const conditions = [
    ...freshnessConditions(stream, nowMs),
    ...burnConditions(stream, nowMs, lateShare),
    ...rowConditions(stream, counts),
    ...dimensionConditions(stream),
  ];
  const troubles = troublesOf(stream);
  const states = conditions.map(
    ({ severity }): ConditionState => (severity === 'critical' ? 'bad' : 'warn'),
  );
  const isUnknown = troubles.length > 0 || stream.countedAtMs === null;
  return {
    conditions,
    health: {
      ...{ contract: contract.id, topic: contract.topic.name, table: contract.warehouse.table },
      condition: gravest(isUnknown ? [...states, 'unknown'] : states),
      reasons: [...conditions.map(({ summary }) => summary), ...troubles],
      perSecond:
        stream.countedAtMs === null
          ? null
          : stream.windows.counts(nowMs, rateWindowMs).rows / (rateWindowMs / 1000),
      freshness: freshnessOf(stream, nowMs, lateShare),
      ...{ counts, dimension: stream.dimension },
    },
  };
};

const freshnessOf = (stream: WatchedStream, nowMs: number, lateShare: number): StreamFreshness => {
  const { contract, windows, overdue } = stream;
  const hasObjective = contract.latencyMs !== undefined;
  const day = windows.counts(nowMs, 24 * hourMs);
  const rows = day.rows + overdue;
  return {
    ...{ p50Ms: windows.quantile(nowMs, 0.5), p99Ms: windows.quantile(nowMs, 0.99) },
    objectiveMs: contract.latencyMs ?? null,
    withinObjective: hasObjective && rows > 0 ? 1 - (day.late + overdue) / rows : null,
    budgetLeft: hasObjective ? budgetLeft(windows, nowMs, lateShare) : null,
    burnRate: hasObjective ? burnRate(windows.counts(nowMs, hourMs), overdue, lateShare) : null,
    ...{ lastEventMs: stream.lastEventMs, lastQueryableMs: stream.lastQueryableMs },
    ...{ overdue, oldestWaitingMs: stream.oldestWaitingMs },
  };
};

/** Null of what is not counted, or not yet. */
const countsOf = (stream: WatchedStream): StreamCounts | null => {
  const { contract, ledgers, positions, countedAtMs } = stream;
  if (!isCounted(contract) || ledgers.size === 0 || countedAtMs === null) return null;
  const all = [...ledgers.values()];
  const sum = (of: (one: PartitionLedger) => number) =>
    all.reduce((total, one) => total + of(one), 0);
  let behind = 0;
  for (const [partition, { done }] of ledgers)
    behind += Math.max(0, (positions.get(partition)?.stable ?? done) - done);
  const idle = Math.min(stream.idleOffsets, behind);
  const counted = sum(({ started, done }) => done - started);
  const records = sum((one) => one.records);
  const dead = sum((one) => one.dead);
  const missing = sum((one) => one.missing.total + one.unlocated);
  return {
    onKafka: counted + behind,
    landed: records - dead - missing,
    dead,
    skipped: counted - records + idle,
    waiting: behind - idle,
    rejected: stream.rejected,
    missing,
    double: sum((one) => one.double.total),
    missingRanges: rangesOf(stream, 'missing'),
    doubleRanges: rangesOf(stream, 'double'),
    countedAtMs,
  };
};

const rangesOf = ({ ledgers }: WatchedStream, what: 'missing' | 'double') =>
  [...ledgers].flatMap(([partition, ledger]) =>
    ledger[what].ranges.map(({ from, to }) => ({ partition, from, to })),
  );

const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;

const freshnessConditions = (stream: WatchedStream, nowMs: number): readonly Condition[] => {
  const { contract, overdue, oldestWaitingMs, windows } = stream;
  const { id, latencyMs } = contract;
  if (latencyMs === undefined) return [];
  const base = {
    ...({ key: `freshness:${id}`, name: 'FreshnessObjective', subject: id, contract: id } as const),
  };
  if (overdue > 0)
    return [
      {
        ...base,
        severity: oldestWaitingMs > Math.max(60_000, 10 * latencyMs) ? 'critical' : 'warning',
        summary: `${overdue} records have waited longer than ${seconds(latencyMs)}, the oldest ${seconds(oldestWaitingMs)}`,
      },
    ];
  const { rows, late } = windows.counts(nowMs, latencyWindowMs);
  const isMany = late >= lateLeast || (rows > 1 && late * 2 >= rows);
  if (!isMany || late <= rows / 100) return [];
  const p99 = windows.quantile(nowMs, 0.99) ?? latencyMs;
  const share = ((late / rows) * 100).toFixed(1);
  return [
    {
      ...base,
      severity: 'warning',
      summary: `${share} % of the rows of a quarter of an hour took longer than ${seconds(latencyMs)}, p99 ${seconds(p99)}`,
    },
  ];
};

const burnConditions = (
  stream: WatchedStream,
  nowMs: number,
  lateShare: number,
): readonly Condition[] => {
  const { contract, windows, overdue } = stream;
  if (contract.latencyMs === undefined) return [];
  const alarm = burnAlarm(windows, nowMs, overdue, lateShare);
  if (alarm === undefined) return [];
  const { id } = contract;
  return [
    {
      ...{ key: `budget:${id}`, name: 'ErrorBudgetBurn', subject: id, contract: id },
      severity: alarm.severity,
      summary: `the error budget of 30 days goes ${alarm.rate.toFixed(1)} times too fast over ${alarm.longMs / hourMs} h`,
    },
  ];
};

const rowConditions = (
  { contract, ledgers }: WatchedStream,
  counts: StreamCounts | null,
): readonly Condition[] => {
  if (counts === null) return [];
  const { id } = contract;
  const places = (what: 'missing' | 'double'): string =>
    [...ledgers]
      .filter(([, ledger]) => ledger[what].ranges.length > 0)
      .map(([partition, ledger]) => `partition ${partition}: ${rangesText(ledger[what], 5)}`)
      .join('; ');
  const unlocated = [...ledgers.values()].reduce((sum, one) => sum + one.unlocated, 0);
  const beyond = unlocated > 0 ? `; ${unlocated} of them older than what Kafka holds` : '';
  const expiry =
    contract.warehouse.ttl === undefined ? '' : ' (the table expires rows: they may have)';
  const found: Condition[] = [];
  if (counts.missing > 0)
    found.push({
      ...{ key: `rows-missing:${id}`, name: 'RowsMissing', subject: id, contract: id },
      severity: contract.warehouse.ttl === undefined ? 'critical' : 'warning',
      summary: `${counts.missing} records are not in ${contract.warehouse.table}${expiry}: ${places('missing')}${beyond}`,
    });
  if (counts.double > 0)
    found.push({
      ...{ key: `rows-double:${id}`, name: 'RowsDouble', subject: id, contract: id },
      severity: 'critical',
      summary: `${counts.double} offsets are more than one row of ${contract.warehouse.table}, or of no record: ${places('double')}`,
    });
  return found;
};

const dimensionConditions = ({ contract, dimension }: WatchedStream): readonly Condition[] => {
  if (dimension === null) return [];
  const { missing, surplus, different } = dimension;
  if (missing + surplus + different === 0) return [];
  const { id } = contract;
  return [
    {
      ...{ key: `dimension:${id}`, name: 'DimensionDiffers', subject: id, contract: id },
      severity: 'critical',
      summary: `${contract.warehouse.view} is not its source table: ${missing} rows missing, ${surplus} too many, ${different} different`,
    },
  ];
};

const troublesOf = ({ positions, contract, trouble }: WatchedStream): readonly string[] => {
  if (trouble !== null) return [`could not be looked at: ${trouble}`];
  return positions.size === 0 ? [`${contract.topic.name} does not exist, or was not seen yet`] : [];
};
