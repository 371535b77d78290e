/**
 * What a scrape of the sink tells of ClickHouse, held against what the server was made to hold; and what becomes of it
 * when the server refuses a question. That a least-privileged user may ask is tests/journeys/analyst-access.test.ts.
 */
import { type ClickHouse, createClickHouse } from '@millrace/clickhouse';
import { type Logger, silentLogger, systemClock } from '@millrace/pipeline';
import { createMetrics } from '@millrace/runtime';
import { type ClickHouseDatabase, createClickHouseDatabase } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSinkMetrics } from '../metrics.ts';
import { createProber } from './prober.ts';

let database: ClickHouseDatabase;
let clickhouse: ClickHouse;

beforeAll(async () => {
  database = await createClickHouseDatabase('probes');
  clickhouse = createClickHouse({ url: database.url });
  await clickhouse.exec(`
    CREATE TABLE orders_raw (id UInt64, month UInt8, _ingested_at DateTime64(3, 'UTC')) ENGINE = MergeTree
      PARTITION BY month ORDER BY id SETTINGS non_replicated_deduplication_window = 100;
    CREATE TABLE quiet_raw (id UInt64, _ingested_at DateTime64(3, 'UTC')) ENGINE = MergeTree ORDER BY id;
    SYSTEM STOP MERGES orders_raw;
  `);
  for (let minute = 0; minute < 5; minute += 1)
    await clickhouse.exec(
      `INSERT INTO orders_raw VALUES (${minute}, ${minute < 4 ? 1 : 2}, '2026-01-01 00:0${minute}:00')`,
    );
});
afterAll(async () => {
  await clickhouse.close();
  await database.drop();
});

const prober = (of: ClickHouse = clickhouse, logger: Logger = silentLogger) => {
  const metrics = createMetrics('sink');
  const share = { tables: ['orders_raw', 'quiet_raw'], asksServer: true };
  const made = createProber({
    ...{ clickhouse: of, share: () => share, clock: systemClock, logger },
  });
  createSinkMetrics(metrics).observe(() => [], made.figures);
  const scrape = async () => {
    const lines = (await metrics.render()).split('\n').filter((line) => !line.startsWith('#'));
    return (name: string) => {
      const line = lines.find((one) => one.startsWith(`${name} `));
      return line === undefined ? undefined : Number(line.slice(name.length + 1));
    };
  };
  return { ...made, scrape };
};

test('a scrape tells size, parts, backlog and the newest time of each table that has rows', async () => {
  const { probe, scrape } = prober();
  await probe();
  const value = await scrape();
  const of = (metric: string, table = 'orders_raw') =>
    value(`millrace_sink_${metric}{table="${table}"}`);
  expect(of('table_rows')).toBe(5);
  expect(of('table_parts')).toBe(5);
  expect(of('table_bytes')).toBeGreaterThan(0);
  expect(of('partition_parts_ratio')).toBeCloseTo(4 / 3_000, 6);
  expect(of('table_ingested_timestamp_seconds')).toBe(Date.UTC(2026, 0, 1, 0, 4) / 1_000);
  expect(of('pending_mutations')).toBe(0);
  expect(of('running_merges', 'quiet_raw')).toBe(0);
  expect(of('table_rows', 'quiet_raw')).toBeUndefined();
  expect(of('replica_queue_requests')).toBeUndefined();
  expect(value('millrace_sink_failed_objects_errors')).toBe(0);
  expect(value('millrace_sink_disk_free_bytes{disk="default"}')).toBeGreaterThan(0);
  expect(value('millrace_sink_probe_duration_seconds')).toBeGreaterThan(0);
});

test('a mutation that is not done, a dictionary that cannot be loaded and a repeated block are counted', async () => {
  const { probe, scrape } = prober();
  const repeats = async () => {
    await probe();
    return (await scrape())('millrace_sink_server_events{event="DuplicatedInsertedBlocks"}') ?? 0;
  };
  const before = await repeats();
  for (let again = 0; again < 2; again += 1)
    await clickhouse.exec(
      "INSERT INTO orders_raw SETTINGS insert_deduplication_token = 'again' VALUES (9, 1, '2026-01-01 00:00:00')",
    );
  await clickhouse.exec(
    `ALTER TABLE orders_raw DELETE WHERE id = 2 SETTINGS mutations_sync = 0;
     CREATE DICTIONARY broken (id UInt64, name String) PRIMARY KEY id SOURCE(CLICKHOUSE(TABLE 'none')) LAYOUT(FLAT()) LIFETIME(0)`,
  );
  await expect(clickhouse.query("SELECT dictGet('broken', 'name', 1)")).rejects.toThrow(/none/);
  expect(await repeats()).toBeGreaterThan(before);
  const value = await scrape();
  expect(value('millrace_sink_pending_mutations{table="orders_raw"}')).toBe(1);
  expect(value('millrace_sink_failed_objects_errors')).toBe(1);
});

test('a question that the server refuses is left out with one warning, and the others are answered', async () => {
  const warnings: unknown[] = [];
  const logger = { ...silentLogger, warn: (fields: unknown) => warnings.push(fields) } as Logger;
  let refuses = false;
  const refusing: ClickHouse = {
    ...clickhouse,
    query: (statement, params) =>
      clickhouse.query(
        refuses ? statement.replace('system.parts\n', 'system.no_parts\n') : statement,
        params,
      ),
  };
  const { probe, scrape } = prober(refusing, logger);
  await probe();
  expect((await scrape())('millrace_sink_table_rows{table="orders_raw"}')).toBeGreaterThan(0);
  refuses = true;
  await probe();
  await probe();
  const value = await scrape();
  expect(value('millrace_sink_table_rows{table="orders_raw"}')).toBeUndefined();
  expect(value('millrace_sink_disk_free_bytes{disk="default"}')).toBeGreaterThan(0);
  expect(warnings).toMatchObject([{ probe: 'parts', code: 'clickhouse.rejected' }]);
});
