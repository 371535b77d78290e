/** A fact table spoiled on purpose, in every way that a table can be: verify names the exact offsets. */

import { createClickHouse } from '@millrace/clickhouse';
import { type Admin, createAdmin, createTransactionalProducer } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { createDeadOffsetsReader, type FactVerdict, verifyFact } from '@millrace/reconcile';
import {
  createFlightsWorld,
  type FlightsWorld,
  type ServiceProcess,
  stackUnderTest,
  startService,
  uniqueName,
} from '@millrace/testkit';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { verifyFacts } from './verify-project.ts';

vi.setConfig({ testTimeout: 300_000 });

let world: FlightsWorld;
let sink: ServiceProcess | undefined;

beforeEach(async () => {
  world = await createFlightsWorld(stackUnderTest(), { partitions: 2 });
  sink = await startService('sink', world.env);
});
afterEach(async () => {
  await sink?.stop();
  await world?.drop();
});

const topic = () => world.contract.topic.name;
const table = () => world.contract.warehouse.table;
const connection = () => ({
  brokers: stackUnderTest().kafkaBrokers.split(','),
  clientId: 'test',
  logger: silentLogger,
});

async function verdict(sinceMs?: number): Promise<FactVerdict> {
  const found: FactVerdict[] = [];
  const addresses = {
    kafkaBrokers: connection().brokers,
    clickhouseUrl: world.database.url,
    group: world.group,
  };
  await verifyFacts([world.contract], addresses, sinceMs, (one) => found.push(one));
  return found[0]!;
}

const landing = (rows: number) =>
  expect.poll(async () => (await world.landed()).rows, { timeout: 90_000 }).toBe(rows);

/** Until the group stands behind everything, since only that is compared. */
const settled = (records: number) =>
  expect
    .poll(async () => (await verdict()).partitions.reduce((sum, one) => sum + one.records, 0), {
      timeout: 90_000,
    })
    .toBe(records);

const remove = (condition: string) =>
  world.database.execute(`DELETE FROM ${table()} WHERE ${condition}`);

const copy = (condition: string, offset: string) =>
  world.database.execute(
    `INSERT INTO ${table()} SELECT * REPLACE (${offset} AS _offset)
     FROM (SELECT * FROM ${table()} WHERE ${condition})`,
  );

test('a table that is right is found right, and each kind of damage is named by its offsets', async () => {
  await world.send(0, 30_000);
  await landing(30_000);
  await settled(30_000);
  const right = await verdict();
  expect(right.ok).toBe(true);
  expect(
    right.partitions.map(({ from, end, records, landed }) => ({ from, end, records, landed })),
  ).toEqual([0, 1].map(() => ({ from: 0, end: 15_000, records: 15_000, landed: 15_000 })));

  await remove('_partition = 1 AND (_offset BETWEEN 100 AND 199 OR _offset = 12345)');
  // as many rows too many as too few, in the same buckets: counts alone would call this right
  await copy('_partition = 1 AND _offset BETWEEN 300 AND 399', '_offset');
  await copy('_partition = 0 AND _offset = 7', '_offset + 20000');
  const wrong = await verdict();
  expect(wrong.ok).toBe(false);
  const [first, second] = wrong.partitions;
  expect(second!.missing.ranges).toEqual([
    { from: 100, to: 199 },
    { from: 12_345, to: 12_345 },
  ]);
  expect(second!.duplicates.ranges).toEqual([{ from: 300, to: 399 }]);
  expect([second!.records, second!.landed]).toEqual([15_000, 14_899]);
  // an offset that the group has not reached is nobody's yet
  expect([first!.missing.total, first!.duplicates.total, first!.extra.total]).toEqual([0, 0, 0]);
});

test('offsets of markers, of aborted records and of dead letters are missed by nobody; a row of an aborted record is a stranger', async () => {
  const producer = createTransactionalProducer(connection(), {
    transactionalId: uniqueName('verify'),
    transactionTimeoutMs: 60_000,
  });
  const garbage = { key: null, value: Buffer.from('no avro') };
  const send = (from: number, last = world.departure(from + 9)) =>
    producer.transaction(async (transaction) => {
      const records = Array.from({ length: 9 }, (_, index) => world.departure(from + index));
      await transaction.send([{ topic: topic(), partition: 0, records: [...records, last] }]);
      if (from === 10) throw new Error('changed its mind');
    });
  await send(0); // offsets 0–9, its marker 10
  await expect(send(10)).rejects.toThrow('changed its mind'); // 11–20, marker 21
  await send(20, garbage); // 22–31, of which 31 is dead, marker 32
  await send(30); // 33–42, marker 43
  await producer.close();
  await landing(29);
  await settled(30);
  expect(await verdict()).toMatchObject({
    ok: true,
    partitions: [{ records: 30, landed: 29, dead: 1 }, { records: 0 }],
  });
  await copy('_offset = 3', '15');
  await remove('_offset = 24');
  const { ok, partitions } = await verdict();
  expect(ok).toBe(false);
  expect(partitions[0]!.extra.ranges).toEqual([{ from: 15, to: 15 }]);
  expect(partitions[0]!.missing.ranges).toEqual([{ from: 24, to: 24 }]);
});

test('a record that is refused while the comparison begins is dead, and not missing', async () => {
  await world.send(0, 10);
  await settled(10);
  const admin = createAdmin(connection());
  const clickhouse = createClickHouse({ url: world.database.url });
  onTestFinished(async () => {
    await Promise.all([admin.close(), clickhouse.close()]);
  });
  const standsAt = async (...of: Parameters<Admin['committedOffsets']>) =>
    (await admin.committedOffsets(...of)).find(({ partition }) => partition === 0);
  const [before] = await admin.partitionOffsets(topic());
  const late: Admin = {
    ...admin,
    committedOffsets: async (...of) => {
      const garbage = { key: null, value: Buffer.from('no avro') };
      await world.producer.send([{ topic: topic(), partition: 0, records: [garbage] }]);
      await expect.poll(async () => (await standsAt(...of))?.offset).toBe(before!.high + 1);
      return admin.committedOffsets(...of);
    },
  };
  const found = await verifyFact({
    ...{ contract: world.contract, connection: connection(), admin: late, clickhouse },
    dead: createDeadOffsetsReader(connection(), admin),
    group: world.group,
  });
  expect(found).toMatchObject({ ok: true, partitions: [{ dead: 1 }, { dead: 0 }] });
});

test('with a moment, only records from then on are compared', async () => {
  const old = Array.from({ length: 10 }, (_, index) => ({
    ...world.departure(index),
    timestampMs: Date.now() - 3_600_000,
  }));
  await world.producer.send([{ topic: topic(), partition: 0, records: old }]);
  await world.producer.send([
    { topic: topic(), partition: 0, records: [world.departure(10), world.departure(11)] },
  ]);
  await landing(12);
  await settled(12);
  await remove('_offset IN (3, 11)');
  const recent = await verdict(Date.now() - 60_000);
  expect(recent.partitions[0]).toMatchObject({ from: 10, end: 12, records: 2, landed: 1 });
  expect(recent.partitions[0]!.missing.ranges).toEqual([{ from: 11, to: 11 }]);
});

test('rows of a topic that was deleted and made again are neither double nor strangers to the new one', async () => {
  await world.send(0, 2_000);
  await landing(2_000);
  await settled(2_000);
  const admin = createAdmin(connection());
  await admin.deleteTopics([topic()]);
  await admin.createTopics([{ ...world.contract.topic, replicationFactor: 1, config: {} }]);
  await admin.close();
  await world.send(2_000, 1_000);
  await landing(3_000);
  await settled(1_000);
  expect(await verdict()).toMatchObject({ ok: true });
  await remove('_offset = 17 AND _partition = 0');
  const { partitions } = await verdict();
  expect(partitions[0]!.missing.ranges).toEqual([{ from: 17, to: 17 }]);
  expect(partitions[0]!.duplicates.total + partitions[0]!.extra.total).toBe(0);
});
