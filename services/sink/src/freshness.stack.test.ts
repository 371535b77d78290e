/**
 * When a buffered record lands, and how often a table is written to: by age, by rows, by bytes, and never more inserts a second than
 * configured, over many partitions and over several sinks. Measured in the real server's own logs.
 */
import {
  createFlightsWorld,
  type FlightsWorld,
  pace,
  type ServiceProcess,
  stackUnderTest,
  startService,
} from '@millrace/testkit';
import { afterEach, expect, test } from 'vitest';

let world: FlightsWorld;
const sinks: ServiceProcess[] = [];

afterEach(async () => {
  await Promise.all(sinks.splice(0).map((sink) => sink.stop()));
  await world?.drop();
});

const enter = async (partitions: number): Promise<void> => {
  world = await createFlightsWorld(stackUnderTest(), { partitions });
};
const start = async (env: Readonly<Record<string, string>>): Promise<ServiceProcess> => {
  const sink = await startService('sink', { ...world.env, ...env });
  sinks.push(sink);
  await sink.ready();
  return sink;
};
const table = () => world.contract.warehouse.table;
const patient = { timeout: 60_000, interval: 50 } as const;

interface Insert {
  readonly atMs: number;
  readonly rows: number;
}

/** What the server's log has of the inserts so far, which is written after their rows are seen. */
async function loggedInserts(): Promise<readonly Insert[]> {
  await world.database.execute('SYSTEM FLUSH LOGS');
  return world.database.query(
    `SELECT toUnixTimestamp64Milli(query_start_time_microseconds) AS atMs, toUInt32(written_rows) AS rows
     FROM system.query_log
     WHERE type = 'QueryFinish' AND query_kind = 'Insert' AND has(databases, '${world.database.name}')
       AND has(tables, '${world.database.name}.${table()}')
     ORDER BY query_start_time_microseconds`,
  );
}

/** Rows of each insert into the table, in the order in which they were sent, and when: the first `rowsLeast` rows and more. */
async function inserts(rowsLeast: number): Promise<readonly Insert[]> {
  let found: readonly Insert[] = [];
  await expect
    .poll(async () => {
      found = await loggedInserts();
      return found.reduce((sum, { rows }) => sum + rows, 0);
    }, patient)
    .toBeGreaterThanOrEqual(rowsLeast);
  return found;
}

const sendTo = (partition: number, from: number, count: number) => {
  const records = Array.from({ length: count }, (_, index) => world.departure(from + index));
  return world.producer.send([{ topic: world.contract.topic.name, partition, records }]);
};

test('a busy partition is inserted by rows, long before its age', async () => {
  await enter(1);
  await start({ MILLRACE_SINK_INSERT_ROWS: '100', MILLRACE_SINK_FLUSH_AGE: '60s' });
  await sendTo(0, 0, 250);
  await expect.poll(async () => (await world.landed()).rows, patient).toBe(200);
  expect((await inserts(200)).map(({ rows }) => rows)).toEqual([100, 100]);
});

test('a busy partition is inserted by bytes, long before its age', async () => {
  await enter(1);
  await start({ MILLRACE_SINK_INSERT_BYTES: '64KiB', MILLRACE_SINK_FLUSH_AGE: '60s' });
  await sendTo(0, 0, 3_000);
  await expect.poll(async () => (await world.landed()).rows, patient).toBeGreaterThan(100);
  const [first] = await inserts(1);
  expect(first!.rows).toBeGreaterThan(50);
  expect(first!.rows).toBeLessThan(1_500);
});

/**
 * The inserts of a whole run against what the limit allows in its time, and two seconds more: how far a busy machine
 * shifts the moment at which the server takes up the first and the last one. Without the limit there are hundreds. That
 * no single second has more is shown in lanes/insert-budget.test.ts, by the clock of the test.
 */
function expectWithinLimit(times: readonly number[], perSecond: number): void {
  const seconds = (times.at(-1)! - times[0]!) / 1_000;
  console.log(`${times.length} inserts in ${seconds.toFixed(1)} s, ${perSecond} a second allowed`);
  expect(times.length).toBeLessThanOrEqual(perSecond * (seconds + 2));
}

/** Small sends to every partition in turn, so that each wants to be inserted all the time. */
async function keepAllBusy(partitions: number, rounds: number): Promise<number> {
  let sent = 0;
  for (let round = 0; round < rounds; round += 1) {
    for (let partition = 0; partition < partitions; partition += 1) {
      await sendTo(partition, sent, 5);
      sent += 5;
    }
    await pace(50);
  }
  return sent;
}

test('twelve busy partitions of one table make no more inserts than the table may take', async () => {
  await enter(12);
  await start({ MILLRACE_SINK_INSERTS_PER_SECOND: '5', MILLRACE_SINK_FLUSH_AGE: '1ms' });
  const rows = await keepAllBusy(12, 60);
  await expect
    .poll(() => world.landed(), patient)
    .toEqual({ rows, positions: rows, flights: rows });
  const times = (await inserts(rows)).map(({ atMs }) => atMs);
  expect(times.length).toBeGreaterThan(10);
  expectWithinLimit(times, 5);
});

test('three sinks share the limit of a table by the partitions that each owns', async () => {
  await enter(12);
  const env = { MILLRACE_SINK_INSERTS_PER_SECOND: '6', MILLRACE_SINK_FLUSH_AGE: '1ms' };
  const started = await Promise.all([start(env), start(env), start(env)]);
  const owned = async (sink: ServiceProcess): Promise<number> => {
    const text = await (await fetch(`${sink.adminUrl}/metrics`)).text();
    const ofTopic = `millrace_sink_lag_records{topic="${world.contract.topic.name}"`;
    return text.split('\n').filter((line) => line.startsWith(ofTopic)).length;
  };
  await expect
    .poll(async () => (await Promise.all(started.map(owned))).toSorted(), patient)
    .toEqual([4, 4, 4]);
  const rows = await keepAllBusy(12, 60);
  await expect
    .poll(() => world.landed(), patient)
    .toEqual({ rows, positions: rows, flights: rows });
  const times = (await inserts(rows)).map(({ atMs }) => atMs);
  // Each of them rounds its part of a second up to a whole insert at most.
  expectWithinLimit(times, 6 + 3);
});

test('a table that is missing holds up no other, and is caught up when it is there', async () => {
  await enter(2);
  const [found] = await world.database.query<{ statement: string }>(
    `SELECT create_table_query AS statement FROM system.tables
     WHERE database = currentDatabase() AND name = '${world.airports.warehouse.table}'`,
  );
  await world.database.execute(`DROP TABLE ${world.airports.warehouse.table} SYNC`);
  const record = { key: Buffer.from('X'), value: world.departure(0).value };
  const topic = world.airports.topic.name;
  await world.producer.send([{ topic, partition: 0, records: [record] }]);
  const sink = await startService('sink', world.env);
  sinks.push(sink);
  const waiting = () => sink.metric('millrace_sink_waiting_partitions');
  await expect.poll(waiting, patient).toBe(1);
  await world.send(0, 2_000);
  await expect
    .poll(() => world.landed(), patient)
    .toEqual({ rows: 2_000, positions: 2_000, flights: 2_000 });
  expect(await waiting()).toBe(1);
  await world.database.execute(found!.statement);
  // A departure is no airport, so it is a dead letter, and the partition goes on.
  await expect.poll(waiting, patient).toBe(0);
});
