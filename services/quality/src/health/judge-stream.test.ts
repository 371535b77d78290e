import {
  hasWarehouse,
  parseProject,
  platformFilesOf,
  type WarehouseContract,
} from '@millrace/contracts';
import { expect, test } from 'vitest';
import { judgeStream } from './judge-stream.ts';
import { createWatchedStream, newLedger, type WatchedStream } from './watched-stream.ts';

const now = Date.UTC(2026, 5, 1);
const [contract] = parseProject(platformFilesOf('canary')!).contracts.filter(hasWarehouse);
const { ttl: _, ...warehouse } = contract!.warehouse;
const withoutTtl: WarehouseContract = { ...contract!, warehouse, latencyMs: 1000 };

const looked = (changes: Partial<WatchedStream> = {}): WatchedStream => ({
  ...createWatchedStream(withoutTtl),
  countedAtMs: now,
  positions: new Map([[0, { low: 0, stable: 110, committed: 100 }]]),
  ledgers: new Map([[0, { ...newLedger(0), done: 100, records: 90, landed: 85, dead: 5 }]]),
  ...changes,
});
const judged = (stream: WatchedStream) => judgeStream(stream, now, 0.001);

test('every offset is somewhere: rows, dead letters, no records, waiting, missing', () => {
  const missing = { total: 3, ranges: [{ from: 7, to: 9 }] };
  const ledger = { ...newLedger(0), done: 100, records: 90, landed: 82, dead: 5, missing };
  const { health, conditions } = judged(looked({ ledgers: new Map([[0, ledger]]) }));
  expect(health.counts).toMatchObject({
    ...{ onKafka: 110, landed: 82, dead: 5, skipped: 10, waiting: 10, missing: 3, double: 0 },
    missingRanges: [{ partition: 0, from: 7, to: 9 }],
  });
  expect(conditions).toMatchObject([{ name: 'RowsMissing', severity: 'critical' }]);
  expect(conditions[0]!.summary).toContain('partition 0: 7–9');
  expect(health.condition).toBe('bad');
});

test('what is behind the group and no record counts as skipped, not as waiting', () => {
  const { health } = judged(looked({ idleOffsets: 10 }));
  expect(health).toMatchObject({ condition: 'ok', counts: { waiting: 0, skipped: 20 } });
});

test('a record that waits longer than was promised is told before it lands, gravely when it waits long', () => {
  const waiting = judged(looked({ overdue: 4, oldestWaitingMs: 5_000 }));
  expect(waiting.conditions).toMatchObject([{ name: 'FreshnessObjective', severity: 'warning' }]);
  expect(waiting.health.freshness.withinObjective).toBe(0);
  const long = judged(looked({ overdue: 4, oldestWaitingMs: 61_000 }));
  expect(long.conditions[0]!.severity).toBe('critical');
});

test('one late row among many raises nothing; one in fifty does', () => {
  const stream = looked();
  stream.windows.add(now, { rows: 1000, late: 9 }, new Map([[0, 1000]]));
  expect(judged(stream).conditions).toEqual([]);
  stream.windows.add(now, { rows: 0, late: 11 }, new Map());
  expect(judged(stream).conditions.map(({ name }) => name)).toEqual([
    'FreshnessObjective',
    'ErrorBudgetBurn',
  ]);
});

test('what was not looked at is unknown and says why', () => {
  expect(judged(createWatchedStream(withoutTtl)).health).toMatchObject({
    ...{ condition: 'unknown', counts: null, perSecond: null },
    reasons: ['events.millrace.canary does not exist, or was not seen yet'],
  });
  const { health } = judged(looked({ trouble: 'clickhouse.rejected' }));
  expect(health).toMatchObject({
    condition: 'unknown',
    reasons: ['could not be looked at: clickhouse.rejected'],
  });
});

test('rows that may have expired are missing with a warning alone; a dimension that differs is bad', () => {
  const ledger = {
    ...newLedger(0),
    done: 9,
    records: 9,
    landed: 8,
    missing: { total: 1, ranges: [] },
  };
  const expiring = looked({ contract: { ...contract! }, ledgers: new Map([[0, ledger]]) });
  expect(judged(expiring).conditions).toMatchObject([{ name: 'RowsMissing', severity: 'warning' }]);
  const dimension = { comparedAtMs: now, rows: 5, missing: 0, surplus: 0, different: 1 };
  expect(judged(looked({ dimension })).health.condition).toBe('bad');
});
