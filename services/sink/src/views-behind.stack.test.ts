/**
 * Materialized views behind a raw table (F10): what one of them fails to take, all of them have once when it is repaired, and the
 * table, too; also across a kill and beyond the time for which a token is trusted.
 */
import {
  createFlightsWorld,
  evictMembers,
  type FlightsWorld,
  type ServiceProcess,
  stackUnderTest,
  startService,
} from '@millrace/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';

let world: FlightsWorld;
let sink: ServiceProcess;

beforeEach(async () => {
  world = await createFlightsWorld(stackUnderTest(), { partitions: 2 });
});
afterEach(async () => {
  await sink?.stop();
  await world?.drop();
});

const start = async (): Promise<void> => {
  sink = await startService('sink', {
    ...world.env,
    MILLRACE_SINK_TOKEN_TRUST: '1s',
  });
};

const table = () => world.contract.warehouse.table;
const execute = (sql: string) => world.database.execute(sql);

const createTarget = (name: string, window: number) =>
  execute(
    `CREATE TABLE ${name} (origin String, flights UInt64) ENGINE = SummingMergeTree ORDER BY origin
     SETTINGS non_replicated_deduplication_window = ${window}`,
  );
const selectFor = (check: string) =>
  `SELECT origin, count() + sum(throwIf(${check})) AS flights FROM ${table()} GROUP BY origin`;
const createView = (target: string, check = '0') =>
  execute(`CREATE MATERIALIZED VIEW ${target}_view TO ${target} AS ${selectFor(check)}`);

/** Rows in the table, and flights counted by the two rollups. */
const counted = async () => {
  const [row] = await world.database.query<Record<string, number>>(
    `SELECT toUInt32(count()) AS rows, toUInt32(uniqExact(_partition, _offset)) AS positions,
       (SELECT toUInt32(sum(flights)) FROM sound) AS sound,
       (SELECT toUInt32(sum(flights)) FROM strict) AS strict FROM ${table()}`,
  );
  return row;
};

const sendTo = async (partition: number, from: number, count: number): Promise<void> => {
  const records = Array.from({ length: count }, (_, index) => world.departure(from + index));
  await world.producer.send([{ topic: world.contract.topic.name, partition, records }]);
};

const readiness = async (): Promise<string> => {
  const response = await fetch(`${sink.adminUrl}/readyz`).catch(() => undefined);
  return (await response?.text()) ?? '';
};
const patient = { timeout: 60_000, interval: 100 } as const;

test('a view that fails holds up its partition alone; repaired, table and views have every row once (F10)', async () => {
  await createTarget('sound', 10_000);
  await createTarget('strict', 10_000);
  await createView('sound');
  await createView('strict', "flight_id = 'F7'");
  await start();
  await sendTo(0, 0, 100);
  await sendTo(1, 1_000, 100);
  await expect.poll(counted, patient).toMatchObject({ rows: 200, positions: 200, strict: 100 });
  await expect.poll(readiness, patient).toContain('in the view');
  sink.kill('SIGKILL');
  await sink.exited;
  await evictMembers(stackUnderTest().kafkaBrokers, world.group);
  await start();
  // Beyond the trust in tokens now, so the table is compared before anything is inserted.
  await expect.poll(readiness, patient).toContain('in the view');
  await sendTo(1, 2_000, 100);
  await expect.poll(counted, patient).toMatchObject({ rows: 300, positions: 300, strict: 200 });
  // In one statement: what the sink lands between a DROP and a CREATE would not be in the target.
  await execute(`ALTER TABLE strict_view MODIFY QUERY ${selectFor('0')}`);
  await expect
    .poll(counted, patient)
    .toEqual({ rows: 300, positions: 300, sound: 300, strict: 300 });
  await sink.ready();
  expect(sink.lines.join('\n')).not.toContain('sink.views-behind');
});

test('a constraint that a view’s target breaks is no fault of the record: no dead letter for a row that landed', async () => {
  await createTarget('sound', 10_000);
  await createTarget('strict', 10_000);
  await createView('sound');
  await execute("ALTER TABLE strict ADD CONSTRAINT no_atlanta CHECK origin != 'ATL'");
  await createView('strict');
  await start();
  await sendTo(0, 0, 50);
  await expect.poll(readiness, patient).toContain('in the view');
  await execute('ALTER TABLE strict DROP CONSTRAINT no_atlanta');
  await expect.poll(counted, patient).toEqual({ rows: 50, positions: 50, sound: 50, strict: 50 });
  const dead = `millrace_sink_dead_records_total{topic="${world.contract.topic.name}",code="sink.record-refused"}`;
  expect(await sink.metric(dead)).toBeUndefined();
});

test('when the token may be forgotten the table stays single, and the log names the batch that views may lack', async () => {
  await createTarget('sound', 10_000);
  await createTarget('strict', 10_000);
  await createView('sound');
  await createView('strict', "flight_id = 'F7'");
  await execute(`ALTER TABLE ${table()} MODIFY SETTING non_replicated_deduplication_window = 40`);
  await start();
  await sendTo(0, 0, 100);
  await expect.poll(readiness, patient).toContain('in the view');
  // Each of these makes a block in each of four months.
  for (let batch = 1; batch <= 12; batch += 1) {
    await sendTo(1, batch * 1_000, 40);
    await expect.poll(async () => (await counted())?.['rows'], patient).toBe(100 + batch * 40);
  }
  await expect.poll(() => sink.lines.join('\n'), patient).toContain('sink.views-behind');
  await sink.ready();
  // a block is in the table before it is in what its views write to
  await expect.poll(counted, patient).toMatchObject({ rows: 580, positions: 580, strict: 480 });
  const line = sink.lines.find((one) => one.includes('sink.views-behind'))!;
  expect(JSON.parse(line)).toMatchObject({ partition: 0, from: 0, to: 99 });
});

test('a view whose target remembers no tokens is named in the log and counted', async () => {
  await createTarget('sound', 10_000);
  await createTarget('strict', 0);
  await createView('sound');
  await createView('strict');
  await start();
  const metric = `millrace_sink_forgetful_tables{table="${table()}"}`;
  await expect.poll(() => sink.metric(metric), patient).toBe(1);
  const line = sink.lines.find((one) => one.includes('sink.view-forgets'))!;
  const { name } = world.database;
  expect(JSON.parse(line)).toMatchObject({
    ...{ level: 'warn', view: `${name}.strict_view`, target: `${name}.strict` },
  });
});
