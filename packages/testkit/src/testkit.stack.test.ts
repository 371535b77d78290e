import { once } from 'node:events';
import { connect } from 'node:net';
import { createAdmin, createGroupConsumer } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ClickHouseDatabase, createClickHouseDatabase } from './clickhouse-database.ts';
import { evictMembers } from './evict-members.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { createPostgresDatabase, type PostgresDatabase } from './postgres-database.ts';
import { stackUnderTest } from './stack-under-test.ts';
import { uniqueName } from './unique-name.ts';

let postgres: PostgresDatabase;
let clickhouse: ClickHouseDatabase;

beforeAll(async () => {
  postgres = await createPostgresDatabase('testkit');
  clickhouse = await createClickHouseDatabase('testkit');
});

afterAll(async () => {
  await postgres.drop();
  await clickhouse.drop();
});

describe('a database of its own', () => {
  test('on PostgreSQL is dropped together with its replication slots', async () => {
    const own = await createPostgresDatabase('testkit_slots');
    const slot = uniqueName('slot');
    await own.query("select pg_create_logical_replication_slot($1, 'pgoutput')", [slot]);
    await own.drop();
    const left = await postgres.query('select 1 from pg_replication_slots where slot_name = $1', [
      slot,
    ]);
    expect(left.rowCount).toBe(0);
    const database = await postgres.query('select 1 from pg_database where datname = $1', [
      own.name,
    ]);
    expect(database.rowCount).toBe(0);
  });

  test('on ClickHouse takes tables and gives rows back', async () => {
    await clickhouse.execute('CREATE TABLE t (id UInt64) ENGINE = MergeTree ORDER BY id');
    await clickhouse.execute('INSERT INTO t VALUES (1), (2)');
    expect(await clickhouse.query('SELECT sum(id) AS total FROM t')).toEqual([{ total: 3 }]);
  });
});

describe('a fault proxy before ClickHouse', () => {
  test('lets an insert arrive whose answer is lost', async () => {
    await clickhouse.execute('CREATE TABLE lost (id UInt64) ENGINE = MergeTree ORDER BY id');
    // doc: fault
    const proxy = await startFaultProxy({ target: clickhouse.url });
    proxy.dropResponses(); // the insert arrives, the client is not told
    const insert = fetch(`http://${proxy.address}/?database=${clickhouse.name}`, {
      method: 'POST',
      body: 'INSERT INTO lost VALUES (1)',
    }).then(
      () => 'answered',
      () => 'lost',
    );
    await expect.poll(() => proxy.droppedBytes()).toBeGreaterThan(0);
    proxy.cut();
    expect(await insert).toBe('lost');
    expect(await clickhouse.query('SELECT count() AS rows FROM lost')).toEqual([{ rows: 1 }]);
    await proxy.close();
    // end
  });
});

describe('a fault proxy before Kafka', () => {
  test('keeps clients behind it, by putting its port where the broker names itself', async () => {
    const proxy = await startFaultProxy({
      target: stackUnderTest().kafkaBrokers,
      rewriteAdvertisedPort: true,
    });
    const socket = connect(proxy.port, '127.0.0.1');
    // Metadata, version 1, no topic: the answer holds the broker's host and port.
    socket.write(Buffer.from([0, 0, 0, 14, 0, 3, 0, 1, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0]));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    const at = answer.indexOf('127.0.0.1');
    expect(answer.readInt32BE(at + '127.0.0.1'.length)).toBe(proxy.port);
    socket.destroy();
    await proxy.close();
  });
});

describe('evicting the members of a group', () => {
  test('lets the next one have their partitions although they went without a word', async () => {
    const { kafkaBrokers } = stackUnderTest();
    const through = await startFaultProxy({ target: kafkaBrokers, rewriteAdvertisedPort: true });
    const connectionTo = (brokers: string) =>
      ({ brokers: [brokers], clientId: 'test', logger: silentLogger }) as const;
    const admin = createAdmin(connectionTo(kafkaBrokers));
    const name = uniqueName('testkit');
    await admin.createTopics([{ name, partitions: 1, replicationFactor: 1, config: {} }]);
    const join = (brokers: string) => {
      const owned = Promise.withResolvers<void>();
      const consumer = createGroupConsumer(connectionTo(brokers), {
        ...{ groupId: name, topics: [name], sessionTimeoutMs: 600_000 },
      });
      void consumer.run({
        assigned: async () => owned.resolve() as undefined,
        revoked: () => undefined,
        batch: () => undefined,
      });
      return { owned: owned.promise, close: () => consumer.close() };
    };
    const gone = join(through.address);
    await gone.owned;
    through.cut();
    const next = join(kafkaBrokers);
    await evictMembers(kafkaBrokers, name);
    await next.owned;
    await next.close();
    await gone.close();
    await admin.deleteTopics([name]);
    await admin.close();
    await through.close();
  });
});
