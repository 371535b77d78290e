/**
 * The quality service's watch over groups while what it watches goes away: it answers what it saw last, with its moment, and
 * goes on when Kafka or ClickHouse is back; what could not be written meanwhile is written then.
 */
import { type Admin, createAdmin, createProducer } from '@millrace/kafka';
import type { LagHistory, LagReport } from '@millrace/operations';
import { silentLogger } from '@millrace/pipeline';
import { type RunningStack, startStack } from '@millrace/stack';
import {
  type ClickHouseDatabase,
  createClickHouseDatabase,
  type ServiceProcess,
  startService,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

let stack: RunningStack;
let quality: ServiceProcess;
let admin: Admin;
let database: ClickHouseDatabase;
const [topic, group] = ['watched', 'a.group'];

const failures = async (watch: string, code: string) =>
  (await quality.metric(`millrace_quality_watch_errors_total{watch="${watch}",code="${code}"}`)) ??
  0;
const get = async <T>(path: string): Promise<T> => {
  const response = await fetch(`${quality.url}/api/v1${path}`);
  return (await response.json()) as T;
};
const lag = () => get<LagReport>(`/lag?group=${group}`);
const records = async () => (await lag()).groups?.[0]?.records;
const commit = (offset: number) =>
  admin.commitOffsets(group, [{ topic, partition: 0, offset, metadata: '' }]);

beforeAll(async () => {
  stack = await startStack({ backend: 'embedded' });
  const { kafkaBrokers, clickhouseUrl, registryUrl } = stack.endpoints;
  database = await createClickHouseDatabase('watched', clickhouseUrl);
  const connection = {
    ...{ brokers: kafkaBrokers.split(','), clientId: 'failure-test', logger: silentLogger },
  };
  admin = createAdmin(connection);
  await admin.createTopics([{ name: topic, partitions: 1, replicationFactor: 1, config: {} }]);
  const producer = createProducer(connection);
  const ten = Array.from({ length: 10 }, () => ({ key: null, value: Buffer.from('x') }));
  await producer.send([{ topic, partition: 0, records: ten }]);
  await producer.close();
  await commit(4);
  quality = await startService('quality', {
    ...{ MILLRACE_KAFKA_BROKERS: kafkaBrokers, MILLRACE_CLICKHOUSE_URL: database.url },
    ...{ MILLRACE_REGISTRY_URL: registryUrl, MILLRACE_PROJECT: process.cwd() },
    ...{ MILLRACE_QUALITY_LAG_INTERVAL: '200ms', MILLRACE_QUALITY_LAG_CPU: '1000' },
    MILLRACE_QUALITY_LAG_HISTORY: '200ms',
  });
  await quality.ready();
});
afterAll(async () => {
  await quality?.stop();
  await admin?.close();
  await stack?.stop();
});

test('while the broker is away the last sight is answered, with its moment; when it is back the rounds go on', async () => {
  await expect.poll(records).toBe(6);
  await stack.kill('kafka');
  await expect.poll(() => failures('lag', 'kafka.unavailable')).toBeGreaterThan(0);
  const before = await lag();
  expect(before.groups).toMatchObject([{ records: 6 }]);
  const failed = await failures('lag', 'kafka.unavailable');
  await expect.poll(() => failures('lag', 'kafka.unavailable')).toBeGreaterThan(failed);
  expect((await lag()).atMs).toBe(before.atMs);
  await stack.restart('kafka');
  await commit(7);
  await expect.poll(records).toBe(3);
  expect((await lag()).atMs).toBeGreaterThan(before.atMs);
});

test('while ClickHouse is away groups are watched; history says so, and has what was seen meanwhile afterwards', async () => {
  const history = () => get<LagHistory & { code?: string }>(`/lag/history?group=${group}&hours=1`);
  await expect.poll(async () => (await history()).records?.values.length).toBeGreaterThan(0);
  await stack.kill('clickhouse');
  await expect.poll(() => failures('history', 'clickhouse.unavailable')).toBeGreaterThan(0);
  const fromMs = Date.now();
  await commit(9);
  await expect.poll(records).toBe(1);
  expect(await history()).toMatchObject({ code: 'clickhouse.unavailable', status: 503 });
  // not each sight is kept: what came within a few of history's steps is
  const untilMs = (await lag()).atMs! + 2_000;
  await expect.poll(async () => (await lag()).atMs).toBeGreaterThan(untilMs);
  const seen = await lag();
  await stack.restart('clickhouse');
  const rowsMeanwhile = async () => {
    const [row] = await database.query<{ n: number }>(
      `SELECT toUInt32(count()) AS n FROM millrace_consumer_lag WHERE consumer_group = '${group}' AND records = 1
         AND toUnixTimestamp64Milli(at) BETWEEN ${fromMs} AND ${seen.atMs}`,
    );
    return row?.n;
  };
  await expect.poll(rowsMeanwhile).toBeGreaterThan(0);
  await expect.poll(async () => (await history()).records?.values.length).toBeGreaterThan(0);
});
