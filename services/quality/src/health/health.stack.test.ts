/**
 * Streams watched over a real stack: figures against what is known, rows spoiled on purpose, a sink that is killed, a dimension that was changed
 * behind its source, the canary, and a quality service that is started anew.
 */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createRegistryClient } from '@millrace/avro';
import {
  hasWarehouse,
  parseProject,
  planTables,
  platformFilesOf,
  valueSubject,
} from '@millrace/contracts';
import { createAdmin, createTransactionalProducer } from '@millrace/kafka';
import type { HealthHistory, HealthReport, StreamCheck, StreamHealth } from '@millrace/operations';
import { silentLogger } from '@millrace/pipeline';
import {
  createFlightsWorld,
  createPostgresDatabase,
  evictMembers,
  type FlightsWorld,
  flight,
  type PostgresDatabase,
  type ServiceProcess,
  stackUnderTest,
  startService,
  uniqueName,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

vi.setConfig({ testTimeout: 300_000 });

const cli = fileURLToPath(new URL('../../../../packages/cli/src/main.ts', import.meta.url));
const patient = { timeout: 120_000, interval: 100 } as const;
const [canary] = parseProject(platformFilesOf('canary')!).contracts.filter(hasWarehouse);

let world: FlightsWorld;
let source: PostgresDatabase;
let ingest: ServiceProcess;
let cdc: ServiceProcess;
let sink: ServiceProcess;
let quality: ServiceProcess;
let env: Readonly<Record<string, string>>;

const connection = () => ({
  brokers: stackUnderTest().kafkaBrokers.split(','),
  clientId: 'test',
  logger: silentLogger,
});

/** The platform's own topic is one for all of the stack; what this run sends bears its sender's name. */
async function addCanary(): Promise<void> {
  for (const { path, text } of platformFilesOf('canary')!) {
    const file = join(world.env['MILLRACE_PROJECT']!, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  const database = world.database.name;
  for (const { action } of planTables([canary!], [], database))
    await world.database.execute(action!.statement);
  const admin = createAdmin(connection());
  await admin.createTopics([{ ...canary!.topic, replicationFactor: 1, config: {} }]);
  await admin.close();
  // a stack that never ran a canary does not know its subject
  const registry = createRegistryClient({ url: stackUnderTest().registryUrl });
  await registry.register(valueSubject(canary!.topic.name), canary!.schemaText);
}

beforeAll(async () => {
  world = await createFlightsWorld(stackUnderTest(), { partitions: 2 });
  source = await createPostgresDatabase('health');
  await source.query(`CREATE TABLE airports (iata text PRIMARY KEY, name text NOT NULL, city text, state text,
    country text NOT NULL, latitude double precision NOT NULL, longitude double precision NOT NULL)`);
  await source.query(
    `INSERT INTO airports SELECT 'A' || n, 'name ' || n, NULL, 'TX', 'USA', n, -n FROM generate_series(1, 50) n`,
  );
  await addCanary();
  env = {
    ...world.env,
    MILLRACE_POSTGRES_URL: source.url,
    MILLRACE_CDC_SOURCE: world.group,
    MILLRACE_CDC_TABLES: 'public.airports',
    MILLRACE_QUALITY_HEALTH_EVERY: '200ms',
    MILLRACE_QUALITY_COUNT_GRACE: '1s',
    MILLRACE_QUALITY_AUDIT_EVERY: '300ms',
    MILLRACE_QUALITY_DIMENSIONS_EVERY: '500ms',
    MILLRACE_QUALITY_CANARY_EVERY: '300ms',
    MILLRACE_QUALITY_CANARY_LOST_AFTER: '5s',
  };
  [ingest, cdc, sink] = await Promise.all([
    startService('ingest', env),
    startService('cdc', env),
    startService('sink', env),
  ]);
  quality = await startService('quality', { ...env, MILLRACE_QUALITY_INGEST_URL: ingest.url });
  await Promise.all([ingest, cdc, sink, quality].map((service) => service.ready()));
});
afterAll(async () => {
  await Promise.all([quality, ingest, cdc, sink].map((service) => service?.stop()));
  await source?.drop();
  await world?.drop();
});

const get = async <T>(path: string): Promise<T> =>
  (await fetch(`${quality.url}/api/v1${path}`)).json() as Promise<T>;
const report = () => get<HealthReport>('/streams');
const streamOf = async (id: string): Promise<StreamHealth> =>
  (await report()).streams.find(({ contract }) => contract === id)!;
const departed = () => streamOf(world.contract.id);
const counts = async () => (await departed()).counts;
/** `millrace status`, as a person runs it. */
const status = (...flags: readonly string[]) =>
  promisify(execFile)(process.execPath, [cli, 'status', ...flags], {
    env: { ...process.env, MILLRACE_QUALITY_URL: quality.url },
  }).catch((failure: { code: number; stdout: string }) => failure);
const table = () => world.contract.warehouse.table;
/** Counts again on demand, to its end. */
const checked = async (id: string): Promise<StreamCheck> => {
  const path = `/api/v1/streams/${id}/check`;
  const response = await fetch(quality.url + path, { method: 'POST' });
  expect(response.status).toBe(202);
  const check = () => get<StreamCheck>(`/streams/${id}/check`);
  await expect.poll(async () => (await check()).last?.state, patient).not.toBe('running');
  return check();
};

test('rows that landed are counted against offsets, and freshness is what the rows themselves say', async () => {
  await world.send(0, 2_001);
  await expect.poll(departed, patient).toMatchObject({
    counts: { onKafka: 2_001, landed: 2_001, dead: 0, skipped: 0, waiting: 0, missing: 0 },
    freshness: { overdue: 0 },
  });
  const [exact] = await world.database.query<Record<string, number>>(
    `SELECT toFloat64(quantileExact(0.5)(ms)) AS p50, toFloat64(quantileExact(0.99)(ms)) AS p99, avg(ms <= 1000) AS within,
       toFloat64(toUnixTimestamp64Milli(max(_produced_at))) AS event, toFloat64(toUnixTimestamp64Milli(max(_ingested_at))) AS queryable
     FROM (SELECT *, dateDiff('millisecond', _produced_at, _ingested_at) AS ms FROM ${table()})`,
  );
  const { freshness } = await departed();
  expect(freshness.objectiveMs).toBe(1_000);
  expect(Math.abs(freshness.p50Ms! - exact!['p50']!)).toBeLessThanOrEqual(
    1 + 0.021 * exact!['p50']!,
  );
  expect(Math.abs(freshness.p99Ms! - exact!['p99']!)).toBeLessThanOrEqual(
    1 + 0.021 * exact!['p99']!,
  );
  expect(freshness.withinObjective).toBeCloseTo(exact!['within']!);
  expect(freshness).toMatchObject({
    lastEventMs: exact!['event'],
    lastQueryableMs: exact!['queryable'],
    overdue: 0,
  });
});

test('dead letters, tombstones, markers and aborted records are accounted for, and missed by nobody', async () => {
  const producer = createTransactionalProducer(connection(), {
    transactionalId: uniqueName('health'),
    transactionTimeoutMs: 60_000,
  });
  const garbage = { key: null, value: Buffer.from('no avro') };
  const tombstone = { key: Buffer.from('k'), value: null };
  const send = (isAborted: boolean) =>
    producer.transaction(async (transaction) => {
      const records = [world.departure(1), world.departure(2), garbage, tombstone];
      await transaction.send([{ topic: world.contract.topic.name, partition: 0, records }]);
      if (isAborted) throw new Error('changed its mind');
    });
  await send(false); // two rows, two dead letters, a marker
  await expect(send(true)).rejects.toThrow('changed its mind'); // four records and a marker that count for nothing
  await producer.close();
  await expect.poll(counts, patient).toMatchObject({
    ...{ onKafka: 2_011, landed: 2_003, dead: 2, skipped: 6, waiting: 0, missing: 0, double: 0 },
  });
});

test('a row that was removed is found as missing, a copy as double, and both are seen to be repaired', async () => {
  const removed = '_partition = 1 AND _offset BETWEEN 10 AND 19';
  const copied = '_partition = 0 AND _offset = 5';
  const insert = (what: string) =>
    world.database.execute(`INSERT INTO ${table()} SELECT * FROM (${what})`);
  await world.database.execute(
    `CREATE TABLE kept ENGINE = Memory AS SELECT * FROM ${table()} WHERE ${removed} OR ${copied}`,
  );
  await world.database.execute(`DELETE FROM ${table()} WHERE ${removed}`);
  await insert(`SELECT * FROM kept WHERE ${copied}`);
  await expect.poll(counts, patient).toMatchObject({
    ...{ landed: 1_993, missing: 10, missingRanges: [{ partition: 1, from: 10, to: 19 }] },
    ...{ double: 1, doubleRanges: [{ partition: 0, from: 5, to: 5 }] },
  });
  const { condition, reasons } = await departed();
  expect(condition).toBe('bad');
  expect(reasons.join()).toContain('partition 1: 10–19');
  expect(await status()).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('partition 1: 10–19'),
  });

  await insert(`SELECT * FROM kept WHERE ${removed}`);
  await world.database.execute(`DELETE FROM ${table()} WHERE ${copied}`);
  await insert(`SELECT * FROM kept WHERE ${copied}`);
  await expect.poll(counts, patient).toMatchObject({ landed: 2_003, missing: 0, double: 0 });
});

test('a dimension that is not its source table is found row by row, and found right again', async () => {
  const airports = world.airports;
  const dimension = async () => (await streamOf(airports.id)).dimension;
  await expect
    .poll(dimension, patient)
    .toMatchObject({ rows: 50, missing: 0, surplus: 0, different: 0 });
  // the snapshot's rows were committed long before, which says nothing of how long they took
  await expect
    .poll(async () => (await streamOf(airports.id)).freshness, patient)
    .toMatchObject({ p99Ms: null, withinObjective: 1, lastEventMs: expect.any(Number) });
  await world.database.execute(
    `INSERT INTO ${airports.warehouse.table} SELECT * REPLACE (_version + 1 AS _version, 'changed' AS city)
     FROM (SELECT * FROM ${airports.warehouse.table} FINAL WHERE iata = 'A7')`,
  );
  expect(await checked(airports.id)).toMatchObject({
    ...{ kind: 'source', why: null },
    last: { state: 'done', share: 1, counts: null, dimension: { rows: 50, different: 1 } },
  });
  await expect.poll(dimension, patient).toMatchObject({ different: 1 });
  expect((await streamOf(airports.id)).reasons.join()).toContain('is not its source table');
  const [last] = await world.database.query<{ event: number }>(
    `SELECT toUnixTimestamp64Milli(max(_committed_at)) AS event FROM ${airports.warehouse.table}`,
  );
  // offsets prove nothing where later versions replace rows
  await expect
    .poll(() => streamOf(airports.id), patient)
    .toMatchObject({ counts: null, freshness: { lastEventMs: last!.event } });
  await source.query(`UPDATE airports SET city = 'Austin' WHERE iata = 'A7'`);
  await expect.poll(dimension, patient).toMatchObject({ rows: 50, different: 0 });
});

test('while the sink is dead records are overdue and canaries lost; when it is back everything comes right', async () => {
  await expect.poll(async () => (await report()).canary?.arrived, patient).toBeGreaterThan(0);
  sink.kill('SIGKILL');
  await sink.exited;
  await evictMembers(stackUnderTest().kafkaBrokers, world.group);
  await world.send(2_001, 300);
  await expect
    .poll(async () => (await departed()).freshness, patient)
    .toMatchObject({ overdue: 300 });
  const { freshness, condition, counts: during } = await departed();
  expect(freshness.burnRate).toBeGreaterThan(14.4);
  expect(condition).toBe('bad');
  // behind the group there may be markers, too, before the first of them
  expect(during!.waiting).toBeGreaterThanOrEqual(300);
  expect(during!.missing).toBe(0);
  await expect
    .poll(async () => (await report()).canary, patient)
    .toMatchObject({ condition: 'bad' });
  await expect.poll(async () => (await report()).canary!.lost, patient).toBeGreaterThan(0);

  sink = await startService('sink', env);
  await expect.poll(departed, patient).toMatchObject({
    freshness: { overdue: 0 },
    counts: { landed: 2_303, waiting: 0, missing: 0 },
  });
  await expect
    .poll(async () => (await report()).canary, patient)
    .toMatchObject({ condition: 'ok', lost: 0 });
  // they landed late, and that stays
  expect((await departed()).freshness.withinObjective).toBeLessThan(2_004 / 2_303);
});

test('a quality service that is started anew knows what was counted and counts nothing twice', async () => {
  const before = await departed();
  await quality.stop();
  // this one writes its canaries to Kafka
  quality = await startService('quality', env);
  await quality.ready();
  await world.send(2_301, 100);
  await expect
    .poll(counts, patient)
    .toMatchObject({ onKafka: 2_411, landed: 2_403, dead: 2, waiting: 0 });
  const { freshness } = await departed();
  expect(freshness.withinObjective).toBeLessThan(1);
  expect(freshness.lastQueryableMs).toBeGreaterThanOrEqual(before.freshness.lastQueryableMs!);
  const rowsSeen = async () => {
    const history = await get<HealthHistory>(`/streams/${world.contract.id}/history?hours=1`);
    return Math.round(
      60 * history.perSecond.values.reduce<number>((sum, rate) => sum + (rate ?? 0), 0),
    );
  };
  await expect.poll(rowsSeen, patient).toBe(2_403);
  await expect.poll(async () => (await report()).canary?.arrived, patient).toBeGreaterThan(0);
});

test('rows that were erased on purpose are missing until an operator says so', async () => {
  await world.database.execute(`DELETE FROM ${table()} WHERE _partition = 0 AND _offset < 3`);
  // who does not want to wait for the next audit asks for it
  expect(await checked(world.contract.id)).toMatchObject({
    ...{ kind: 'counts', why: null },
    last: {
      state: 'done',
      counts: { missing: 3, missingRanges: [{ partition: 0, from: 0, to: 2 }] },
    },
  });
  await expect.poll(counts, patient).toMatchObject({ missing: 3 });
  await status('--recount', world.contract.id);
  expect(await counts()).toMatchObject({ missing: 0, landed: 0 });
  await world.send(2_401, 10);
  await expect.poll(counts, patient).toMatchObject({ onKafka: 10, landed: 10, missing: 0 });
});

test('of a table that expires rows those are missing that its TTL cannot have taken', async () => {
  await quality.stop();
  const file = join(world.env['MILLRACE_PROJECT']!, world.contract.files.odcs);
  // departures before March 2001 have expired
  const days = Math.floor((Date.now() - Date.UTC(2001, 2, 1)) / 86_400_000);
  const ttl = `ttl: toDateTime(departed_at) + INTERVAL ${days} DAY`;
  await writeFile(file, (await readFile(file, 'utf8')).replace(/^( +)orderBy: /m, `$1${ttl}\n$&`));
  quality = await startService('quality', env);
  await quality.ready();
  const erased = Array.from({ length: 10 }, (_, n) => 2_401 + n);
  await world.database.execute(
    `DELETE FROM ${table()} WHERE flight_id IN (${erased.map((n) => `'F${n}'`).join(', ')})`,
  );
  const march = erased.filter((n) => Number(flight(n)['departed_at']) >= Date.UTC(2001, 2, 2));
  expect(march.length).toBe(5);
  await expect
    .poll(counts, patient)
    .toMatchObject({ onKafka: 10, missing: 5, landed: 5, waiting: 0 });
});

test('while ClickHouse is away streams are told as unknown and charts are refused, and the service lives', async () => {
  const blind = await startService('quality', {
    ...env,
    MILLRACE_CLICKHOUSE_URL: 'http://default@127.0.0.1:9/none',
  });
  await blind.ready();
  const ask = async (path: string) => {
    const response = await fetch(`${blind.url}/api/v1/streams${path}`);
    return { status: response.status, ...((await response.json()) as object) };
  };
  await expect
    .poll(
      () =>
        blind.metric(
          'millrace_quality_watch_errors_total{watch="streams",code="clickhouse.unavailable"}',
        ),
      patient,
    )
    .toBeGreaterThan(0);
  expect(await ask('')).toMatchObject({ status: 200, condition: 'unknown' });
  expect(await ask(`/${world.contract.id}/history`)).toMatchObject({
    status: 503,
    code: 'clickhouse.unavailable',
  });
  await blind.stop();
});

test('what there is not is told as unknown, and hours beyond the history are refused', async () => {
  expect(await get('/streams/no.such/history')).toMatchObject({ code: 'operations.unknown' });
  expect(await get('/streams/no.such/check')).toMatchObject({ code: 'operations.unknown' });
  expect(await get(`/streams/${world.contract.id}/history?hours=9999`)).toMatchObject({
    code: 'operations.request-invalid',
  });
});
