/** ClickHouse takes an insert and its answer is lost, or the server dies under load: nothing twice, nothing missing. */
import { type RunningStack, startStack } from '@millrace/stack';
import {
  createFlightsWorld,
  evictMembers,
  type FaultProxy,
  type FlightsWorld,
  pace,
  type ServiceProcess,
  startFaultProxy,
  startService,
} from '@millrace/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

let stack: RunningStack;
let world: FlightsWorld;
let proxy: FaultProxy;
let sink: ServiceProcess;

beforeAll(async () => {
  stack = await startStack({ backend: 'embedded' });
});
afterAll(async () => {
  await stack?.stop();
});
beforeEach(async () => {
  world = await createFlightsWorld(stack.endpoints);
  proxy = await startFaultProxy({ target: world.database.url });
  sink = await startService('sink', {
    ...world.env,
    MILLRACE_CLICKHOUSE_URL: proxy.url,
    MILLRACE_SINK_INSERT_TIMEOUT: '2s',
  });
  await sink.ready();
});
afterEach(async () => {
  proxy?.restore();
  await sink?.stop();
  await proxy?.close();
  await world?.drop();
});

const landing = (rows: number) =>
  expect
    .poll(() => world.landed().catch(() => undefined), { interval: 100 })
    .toEqual({ rows, positions: rows, flights: rows });

const table = () => world.contract.warehouse.table;

/** One batch for each of the four partitions: what a single claim of each covers. */
const ROUND = 2_000;

const retries = () => sink.metric(`millrace_sink_insert_retries_total{table="${table()}"}`);

test('inserts that landed and whose answers were lost are repeated without a second row (F4)', async () => {
  await world.send(0, ROUND);
  await landing(ROUND);
  proxy.dropResponses();
  await world.send(ROUND, ROUND);
  // The rows are there, and the sink does not know: it waits, gives up, and sends the same bytes again.
  await landing(2 * ROUND);
  await expect.poll(retries).toBeGreaterThan(0);
  proxy.cut();
  await world.send(2 * ROUND, ROUND);
  proxy.restore();
  await landing(3 * ROUND);
});

test('a claim that outlived its token is compared with the table, not repeated blindly', async () => {
  await sink.stop();
  const env = {
    ...world.env,
    MILLRACE_CLICKHOUSE_URL: proxy.url,
    MILLRACE_SINK_INSERT_TIMEOUT: '2s',
    MILLRACE_SINK_TOKEN_TRUST: '1s',
  };
  sink = await startService('sink', env);
  await world.send(0, ROUND);
  await landing(ROUND);
  proxy.dropResponses();
  await world.send(ROUND, ROUND);
  await landing(2 * ROUND);
  await expect.poll(retries).toBeGreaterThan(0);
  sink.kill('SIGKILL');
  await sink.exited;
  await evictMembers(stack.endpoints.kafkaBrokers, world.group);
  // A table that has forgotten every token: only the comparison keeps the rows single.
  for (const window of [0, 1]) {
    await world.database.execute(
      `ALTER TABLE ${table()} MODIFY SETTING non_replicated_deduplication_window = ${window}`,
    );
  }
  proxy.restore();
  sink = await startService('sink', env);
  await world.send(2 * ROUND, ROUND);
  await landing(3 * ROUND);
});

test('ClickHouse killed and restarted under load loses and repeats nothing', async () => {
  const sending = world.keepSending(0, { count: 500, everyMs: 100 });
  for (let kill = 0; kill < 3; kill += 1) {
    const before = (await world.landed()).rows;
    await expect.poll(async () => (await world.landed()).rows).toBeGreaterThan(before);
    await stack.kill('clickhouse');
    await pace(500);
    await stack.restart('clickhouse');
  }
  const sent = await sending.stop();
  await landing(sent);
});
