/** Measurements in a real ClickHouse: there once, also when a try was of unknown outcome, and bounded while it is away. */
import { createClickHouse } from '@millrace/clickhouse';
import { silentLogger } from '@millrace/pipeline';
import { createMetrics } from '@millrace/runtime';
import {
  type ClickHouseDatabase,
  createClickHouseDatabase,
  stackUnderTest,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createQualityMetrics } from '../metrics.ts';
import { createHistory } from './history.ts';

let database: ClickHouseDatabase;
beforeAll(async () => {
  database = await createClickHouseDatabase('history', stackUnderTest().clickhouseUrl);
});
afterAll(() => database?.drop());

const table = {
  name: 'millrace_probe',
  columns: { subject: 'LowCardinality(String)', records: 'Nullable(UInt64)' },
  orderBy: ['subject'],
  comment: 'A probe.',
} as const;
const rows = [
  { atMs: Date.UTC(2026, 0, 1), subject: 'a', records: 3 },
  { atMs: Date.UTC(2026, 0, 1, 0, 0, 1), subject: 'a', records: null },
];
const historyAt = (url: string) => {
  const meters = createMetrics('quality');
  const clickhouse = createClickHouse({ url });
  const metrics = createQualityMetrics(meters);
  const history = createHistory({
    ...{ clickhouse, metrics, logger: silentLogger, retentionMs: 1e12 },
  });
  return { history, meters, clickhouse };
};

test('what is appended is a row, in milliseconds and with nothing for what is not known', async () => {
  const { history, clickhouse } = historyAt(database.url);
  history.table(table).append(rows);
  await history.watch.round(new AbortController().signal);
  await history.close();
  expect(
    await database.query(
      'SELECT toUInt32(toUnixTimestamp(at)) AS s, subject, records FROM millrace_probe ORDER BY at',
    ),
  ).toEqual([
    { s: Date.UTC(2026, 0, 1) / 1000, subject: 'a', records: 3 },
    { s: Date.UTC(2026, 0, 1) / 1000 + 1, subject: 'a', records: null },
  ]);
  await clickhouse.close();
});

test('what ClickHouse will never take is let go and counted; the next rows land', async () => {
  const { history, meters, clickhouse } = historyAt(database.url);
  const log = history.table(table);
  log.append([{ atMs: 1, subject: 'a', records: 'no number' }]);
  await history.watch.round(new AbortController().signal);
  expect(await meters.render()).toContain(
    'millrace_quality_history_lost_rows_total{table="millrace_probe"} 1',
  );
  log.append([{ atMs: Date.UTC(2026, 1, 1), subject: 'b', records: 1 }]);
  await history.watch.round(new AbortController().signal);
  const [row] = await database.query<{ n: number }>(
    "SELECT toUInt32(count()) AS n FROM millrace_probe WHERE subject = 'b'",
  );
  expect(row?.n).toBe(1);
  await clickhouse.close();
});

test('while ClickHouse is away rows wait, the oldest of too many are lost and counted', async () => {
  const { history, meters, clickhouse } = historyAt('http://default@127.0.0.1:9/none');
  const log = history.table(table);
  for (let batch = 0; batch < 3; batch += 1)
    log.append(Array.from({ length: 50_000 }, () => rows[0]!));
  await expect(history.watch.round(new AbortController().signal)).rejects.toMatchObject({
    code: 'clickhouse.unavailable',
  });
  expect(await meters.render()).toContain(
    'millrace_quality_history_lost_rows_total{table="millrace_probe"} 50000',
  );
  await clickhouse.close();
});
