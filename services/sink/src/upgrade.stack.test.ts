/**
 * A sink over what the version before it left behind: offsets without a log in their metadata, and a
 * claim under way whose insert has or has not landed.
 */
import { createClickHouse } from '@millrace/clickhouse';
import { type Claim, claimText, claimToken, parsePosition } from '@millrace/contracts';
import { createAdmin } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import {
  commitOffset,
  createFlightsWorld,
  type FlightsWorld,
  flight,
  type ServiceProcess,
  stackUnderTest,
  startService,
} from '@millrace/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';

let world: FlightsWorld;
let sink: ServiceProcess | undefined;
const { kafkaBrokers } = stackUnderTest();
const connection = { brokers: kafkaBrokers.split(','), clientId: 'test', logger: silentLogger };
const admin = createAdmin(connection);

beforeEach(async () => {
  world = await createFlightsWorld(stackUnderTest(), { partitions: 1 });
});
afterEach(async () => {
  await sink?.stop();
  await world?.drop();
});

const rows = async () => (await world.landed()).rows;
const committed = async () => {
  const [one] = await admin.committedOffsets(world.group, [world.contract.topic.name]);
  return one && { offset: one.offset, position: parsePosition(one.metadata) };
};
const commit = (offset: number, metadata: string) =>
  commitOffset(kafkaBrokers, world.group, {
    ...{ topic: world.contract.topic.name, partition: 0, offset, metadata },
  });

/** A claim as the version before wrote it. */
const firstForm = (from: number, to: number): Claim => ({
  ...{ from, to, atMs: Date.now(), table: world.contract.warehouse.table },
  ...{ deadSchemas: [], deadOffsets: [], transactional: false },
});

test('an offset without metadata is taken on, and the next one names its log', async () => {
  await world.send(0, 30);
  await commit(10, '');
  sink = await startService('sink', world.env);
  await expect.poll(rows).toBe(20);
  const cluster = await admin.clusterId();
  await expect
    .poll(committed)
    .toMatchObject({ offset: 30, position: { log: { cluster, topicId: expect.any(String) } } });
});

test('a claim of the first form that did not land is repeated', async () => {
  await world.send(0, 10);
  await commit(0, claimText(firstForm(0, 9)));
  sink = await startService('sink', world.env);
  await expect.poll(rows).toBe(10);
});

test('a claim of the first form that landed is repeated under its own token, and adds nothing', async () => {
  await world.send(0, 10);
  const { topic, warehouse } = world.contract;
  const claim = firstForm(0, 9);
  const clickhouse = createClickHouse({ url: world.database.url });
  await clickhouse.insert({
    statement: `INSERT INTO ${warehouse.table} (flight_id, departed_at, _partition, _offset) FORMAT CSV`,
    body: Buffer.from(
      Array.from({ length: 10 }, (_, at) => {
        const departedAt = new Date(flight(at)['departed_at'] as number).toISOString();
        return `F${at},${departedAt.slice(0, -1).replace('T', ' ')},0,${at}\n`;
      }).join(''),
    ),
    token: claimToken(await admin.clusterId(), topic.name, 0, claim, world.schemaId),
  });
  await clickhouse.close();
  await commit(0, claimText(claim));
  sink = await startService('sink', world.env);
  await expect.poll(committed).toMatchObject({ offset: 10 });
  expect(await rows()).toBe(10);
});
