/**
 * ClickHouse is lost with its disk, and there is no backup: rebuilt from what Kafka holds, and where Kafka has let go of a dimension,
 * by a new snapshot. With a backup: disaster-lost.test.ts. The commands are those of docs/operations/disaster.md.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createClickHouse } from '@millrace/clickhouse';
import { createAdmin } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { type RunningStack, startStack } from '@millrace/stack';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  airportsAgree,
  createDisasterWorld,
  type DisasterWorld,
  tellMeasured,
} from './disaster-world.ts';

let stack: RunningStack;
let on: DisasterWorld;
const sent = 6_000;

beforeAll(async () => {
  stack = await startStack({ backend: 'embedded' });
  on = await createDisasterWorld(stack);
  // topics of the world have the broker's settings; from here on those of their contracts
  await on.succeeds(env(), 'contracts', 'apply', '--allow-destructive');
});
afterAll(async () => {
  await on?.drop();
  await stack?.stop();
});

const env = () => on.env(stack.endpoints);
const startBoth = () => Promise.all([on.start('sink', env()), on.start('cdc', env())]);

const landed = async () => {
  const { rows, flights } = await on.world.landed();
  return { rows, flights };
};

/** The server with its disk; what comes back is empty but for the database of the URL. */
const loseClickHouse = async (): Promise<void> => {
  await stack.kill('clickhouse');
  await rm(join(stack.dataDir, 'clickhouse'), { recursive: true });
  await stack.restart('clickhouse');
  const clickhouse = createClickHouse({ url: stack.endpoints.clickhouseUrl });
  await clickhouse.exec(`CREATE DATABASE ${on.world.database.name}`);
  await clickhouse.close();
};

const withAdmin = async (work: (admin: ReturnType<typeof createAdmin>) => Promise<void>) => {
  const brokers = stack.endpoints.kafkaBrokers.split(',');
  const admin = createAdmin({ brokers, clientId: 'retention', logger: silentLogger });
  await work(admin).finally(() => admin.close());
};

test('ClickHouse lost under running services, and no backup: all of it comes back from Kafka, once', async () => {
  await startBoth();
  await on.postgres.query(
    `INSERT INTO airports SELECT 'A' || n, 'airport ' || n, 'city', 'CA', 'USA', n / 7.0, -n / 3.0 FROM generate_series(1, 100) n`,
  );
  const sender = on.sender(stack.endpoints);
  await sender.send(0, sent);
  await sender.close();
  await on.postgres.query(`DELETE FROM airports WHERE iata LIKE 'A1%'`);
  await on.postgres.query(`UPDATE airports SET name = 'changed' WHERE iata LIKE 'A2%'`);
  await expect.poll(landed).toEqual({ rows: sent, flights: sent });
  await airportsAgree(on);

  const lostMs = performance.now();
  await loseClickHouse();
  await on.succeeds(env(), 'contracts', 'apply');
  await on.succeeds(env(), 'verify', on.world.contract.id, '--repair');
  await on.succeeds(env(), 'replay', on.world.airports.id);
  await expect.poll(landed).toEqual({ rows: sent, flights: sent });
  await airportsAgree(on);
  tellMeasured('ClickHouse, from Kafka alone', 'nothing', lostMs);
  await on.succeeds(env(), 'verify', on.world.contract.id, on.world.airports.id);
});

test('ClickHouse lost, and Kafka has let go of the dimension and the oldest facts: a snapshot brings the one, the others are lost', async () => {
  const [events, changes] = [on.world.contract.topic.name, on.world.airports.topic.name];
  let gone = 0;
  await withAdmin(async (admin) => {
    const [oldest] = await admin.partitionOffsets(events);
    gone = 1_000;
    await admin.deleteRecords([{ topic: events, partition: oldest!.partition, offset: gone }]);
    await admin.alterTopicConfig(changes, { 'cleanup.policy': 'compact,delete' });
    const all = await admin.partitionOffsets(changes);
    await admin.deleteRecords(
      all.map(({ partition, high }) => ({ topic: changes, partition, offset: high })),
    );
    await admin.alterTopicConfig(changes, { 'cleanup.policy': 'compact' });
  });
  const lostMs = performance.now();
  await loseClickHouse();
  await on.succeeds(env(), 'contracts', 'apply');
  await on.succeeds(env(), 'verify', on.world.contract.id, '--repair');
  await on.succeeds(env(), 'cdc', 'snapshot', 'public.airports');
  await expect.poll(landed).toEqual({ rows: sent - gone, flights: sent - gone });
  await airportsAgree(on);
  tellMeasured('ClickHouse, and Kafka has let go', `${gone} events that Kafka had`, lostMs);
  await on.succeeds(env(), 'verify', on.world.airports.id);
});
