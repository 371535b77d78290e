/** The audit alone: on a table that changes while it is looked at, and on one that expires rows. */
import { createRegistryClient } from '@millrace/avro';
import { createClickHouse } from '@millrace/clickhouse';
import { incarnationOf } from '@millrace/contracts';
import { createAdmin } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { createFlightsWorld, type FlightsWorld, flight, stackUnderTest } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditExpiring } from './audit-expiring.ts';
import { auditStream } from './audit-stream.ts';
import { createExpiry, tellsExpiry } from './expiry.ts';
import { createWatchedStream, newLedger } from './watched-stream.ts';

let world: FlightsWorld;
beforeAll(async () => {
  world = await createFlightsWorld(stackUnderTest(), { partitions: 1 });
  await world.send(0, 10);
});
afterAll(() => world?.drop());

test('a row that came back between two looks of an audit does not stay missing', async () => {
  const { contract, database } = world;
  const brokers = stackUnderTest().kafkaBrokers.split(',');
  const connection = { brokers, clientId: 'test', logger: silentLogger };
  const admin = createAdmin(connection);
  const clickhouse = createClickHouse({ url: database.url });
  const topicId = await admin.topicId(contract.topic.name);
  await database.execute(
    `INSERT INTO ${contract.warehouse.table} (_topic, _partition, _offset, _produced_at, _incarnation)
     SELECT '${contract.topic.name}', 0, number, now64(3), ${incarnationOf(topicId)} FROM numbers(10)`,
  );
  const [sum] = await database.query<{ hash: string }>(
    'SELECT toString(sum(sipHash64(toInt64(number)))) AS hash FROM numbers(10)',
  );
  const stream = createWatchedStream(contract);
  stream.topicId = topicId;
  // what an audit told that saw nine rows first, and then all ten
  stream.ledgers.set(0, {
    ...newLedger(0),
    ...{ done: 10, records: 10, landed: 10, hash: BigInt(sum!.hash) },
    missing: { total: 1, ranges: [{ from: 5, to: 5 }] },
  });
  const deadOf = async () => new Map();
  const audit = () => auditStream(stream, { clickhouse, connection, admin, deadOf });
  await audit();
  expect(stream.ledgers.get(0)).toMatchObject({ landed: 10, missing: { total: 0, ranges: [] } });

  await database.execute(`DELETE FROM ${contract.warehouse.table} WHERE _offset IN (2, 3)`);
  await audit();
  expect(stream.ledgers.get(0)).toMatchObject({
    ...{ landed: 8, missing: { total: 2, ranges: [{ from: 2, to: 3 }] } },
  });
  await Promise.all([admin.close(), clickhouse.close()]);
});

test('of a table that expires rows what the TTL cannot have taken is missing, until it is back', async () => {
  const { contract, database } = world;
  const brokers = stackUnderTest().kafkaBrokers.split(',');
  const connection = { brokers, clientId: 'test', logger: silentLogger };
  const admin = createAdmin(connection);
  const clickhouse = createClickHouse({ url: database.url });
  const registry = createRegistryClient({ url: stackUnderTest().registryUrl });
  const topicId = await admin.topicId(contract.topic.name);
  // departures of January to April 2001 in turn: those before the middle of March have expired
  const days = Math.floor((Date.now() - Date.UTC(2001, 2, 15)) / 86_400_000);
  const ttl = `toDateTime(departed_at) + INTERVAL ${days} DAY`;
  const expiring = { ...contract, warehouse: { ...contract.warehouse, ttl } };
  expect(tellsExpiry(expiring)).toBe(true);
  const insert = (offsets: readonly number[]) =>
    database.execute(
      `INSERT INTO ${contract.warehouse.table} (_topic, _partition, _offset, _produced_at, _incarnation)
       SELECT '${contract.topic.name}', 0, arrayJoin([${offsets.join(', ')}]), now64(3), ${incarnationOf(topicId)}`,
    );
  await database.execute(`TRUNCATE TABLE ${contract.warehouse.table}`);
  await insert([0, 4, 5, 6, 8, 9]);
  const stream = createWatchedStream(expiring);
  stream.topicId = topicId;
  stream.ledgers.set(0, { ...newLedger(0), ...{ done: 10, records: 10, landed: 10 } });
  const asked = { clickhouse, connection, admin, deadOf: async () => new Map() };
  const audit = () => auditExpiring(stream, createExpiry(expiring, clickhouse, registry), asked);
  await audit();
  expect(stream.ledgers.get(0)).toMatchObject({
    landed: 8,
    missing: {
      total: 2,
      ranges: [
        { from: 3, to: 3 },
        { from: 7, to: 7 },
      ],
    },
  });
  await insert([3, 7]);
  await audit();
  expect(stream.ledgers.get(0)).toMatchObject({ landed: 10, missing: { total: 0, ranges: [] } });

  // what is to go within the hour counts as gone: the server may have been quicker than the look
  const minutes = Math.round((Date.now() - Number(flight(3)['departed_at'])) / 60_000) + 30;
  const soon = `toDateTime(departed_at) + INTERVAL ${minutes} MINUTE`;
  const going = { ...contract, warehouse: { ...contract.warehouse, ttl: soon } };
  await database.execute(`TRUNCATE TABLE ${contract.warehouse.table}`);
  await insert([0, 4, 5, 6, 8, 9]);
  const later = createWatchedStream(going);
  later.topicId = topicId;
  later.ledgers.set(0, { ...newLedger(0), ...{ done: 10, records: 10, landed: 10 } });
  await auditExpiring(later, createExpiry(going, clickhouse, registry), asked);
  expect(later.ledgers.get(0)).toMatchObject({
    ...{ landed: 9, missing: { total: 1, ranges: [{ from: 7, to: 7 }] } },
  });
  await Promise.all([admin.close(), clickhouse.close()]);
});
