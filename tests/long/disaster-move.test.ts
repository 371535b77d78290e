/**
 * The platform moves to another cluster: topics are mirrored while everything runs, then the services stop, the rest is
 * copied, groups are carried over, and all goes on over there. Every departure, total and airport is there exactly once.
 * The commands are those of docs/operations/disaster.md.
 */
import { createClickHouse } from '@millrace/clickhouse';
import { planTables } from '@millrace/contracts';
import { createTransactionalProducer } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import type { RunningStack } from '@millrace/stack';
import { createClickHouseDatabase, pace } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DisasterClusters, startDisasterClusters } from './disaster-clusters.ts';
import { airportsAgree, type DisasterWorld, tellMeasured } from './disaster-world.ts';

let west: RunningStack;
let east: RunningStack;
let on: DisasterWorld;
let mirrorEnv: DisasterClusters['mirrorEnv'];
let clusters: DisasterClusters | undefined;

beforeAll(async () => {
  clusters = await startDisasterClusters();
  ({ west, east, on, mirrorEnv } = clusters);
});
afterAll(() => clusters?.drop());

const startAll = async (env: Readonly<Record<string, string>>) => {
  await Promise.all([
    on.start('sink', env),
    on.start('cdc', env),
    on.start('stream-transform', env),
  ]);
};

/** Records that were given up leave gaps in the offsets, which the copy does not have. */
const sendAborted = async (partition: number): Promise<void> => {
  const producer = createTransactionalProducer(
    {
      brokers: west.endpoints.kafkaBrokers.split(','),
      clientId: 'aborting',
      logger: silentLogger,
    },
    { transactionalId: `aborting-${partition}`, transactionTimeoutMs: 60_000 },
  );
  const topic = on.world.contract.topic.name;
  const records = [on.world.departure(9_000_001), on.world.departure(9_000_002)];
  await producer
    .transaction(async (transaction) => {
      await transaction.send([{ topic, partition, records }]);
      throw new Error('given up');
    })
    .catch(() => undefined);
  await producer.fence();
  await producer.close();
};

test('a platform that moves to another cluster in order loses and doubles nothing', async () => {
  await startAll(on.env(west.endpoints));
  const mirroring = on.millrace(mirrorEnv(), 'mirror', 'run', '--look-every', '2s');
  const there = on.sender(west.endpoints);
  await on.postgres.query(
    `INSERT INTO airports SELECT 'A' || n, 'airport ' || n, 'city', 'CA', 'USA', n / 7.0, -n / 3.0 FROM generate_series(1, 200) n`,
  );
  let sent = 0;
  for (let round = 0; round < 20; round += 1) {
    await there.send(sent, 1_000);
    sent += 1_000;
    await on.postgres.query(`UPDATE airports SET name = name || '.' WHERE latitude < $1`, [round]);
    if (round % 5 === 0) await sendAborted(round % 2);
    await pace(50);
  }
  await on.postgres.query(`DELETE FROM airports WHERE iata LIKE 'A1%'`);
  await there.close();

  // The cut-over: everything stops in order, the rest is copied.
  const stoppedMs = performance.now();
  await on.stop();
  await on.succeeds(mirrorEnv(), 'mirror', 'run', '--once');
  // The first mirror was shut out by the second one.
  expect((await mirroring).stderr).toContain('FENCED');
  const status = await on.millrace(mirrorEnv(), 'mirror', 'status', '--json');
  expect(JSON.parse(status.stdout)).toMatchObject({ source: 'there', lagMs: 0 });
  await on.succeeds(mirrorEnv(), 'mirror', 'offsets');
  const backup = `${on.directory}/registry`;
  await on.succeeds(on.env(west.endpoints), 'backup', backup, '--only', 'registry');
  await on.succeeds(on.env(east.endpoints), 'restore', backup, '--only', 'registry');
  await west.kill('registry');
  await west.kill('kafka');

  await startAll(on.env(east.endpoints));
  const here = on.sender(east.endpoints);
  await here.send(sent, 5_000);
  sent += 5_000;
  await here.close();
  await on.postgres.query(
    `INSERT INTO airports VALUES ('NEW', 'after the move', null, null, 'USA', 1, 2)`,
  );
  await expect
    .poll(async () => {
      const { rows, flights } = await on.world.landed();
      return { rows, flights };
    })
    .toEqual({ rows: sent, flights: sent });
  await expect.poll(() => on.totals(east.endpoints)).toEqual(on.expectedTotals(sent));
  await airportsAgree(on);
  tellMeasured('a move in order', 'nothing', stoppedMs);
  await on.succeeds(on.env(east.endpoints), 'verify', on.world.contract.id, on.world.airports.id);

  // A warehouse of the new region's own, out of the copies alone.
  const database = await createClickHouseDatabase('east', east.endpoints.clickhouseUrl);
  const clickhouse = createClickHouse({ url: database.url });
  for (const { action } of planTables(
    [on.world.contract, on.world.airports],
    [],
    clickhouse.database,
  ))
    await clickhouse.exec(action!.statement);
  await clickhouse.close();
  const own = {
    ...on.env(east.endpoints, database.url),
    MILLRACE_SINK_GROUP: `${on.world.group}.east`,
  };
  await on.start('sink', own);
  await expect
    .poll(async () => {
      const [row] = await database.query<{ rows: string; flights: string }>(
        `SELECT count() AS rows, uniqExact(flight_id) AS flights FROM ${on.world.contract.warehouse.table}`,
      );
      return [Number(row!.rows), Number(row!.flights)];
    })
    .toEqual([sent, sent]);
  await on.stop();
  await on.succeeds(own, 'verify', on.world.contract.id);
});
