import { createAdmin, readPartition } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { type ServiceProcess, stackUnderTest, uniqueName } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from '../testing/cdc-under-test.ts';

const ORDER = uniqueName('Order');
let cdc: CdcUnderTest;
let service: ServiceProcess;

beforeAll(async () => {
  cdc = await createCdcUnderTest('cdc_outbox');
  await cdc.database.query(`
    create table orders (id int primary key);
    create table outbox (id uuid primary key default gen_random_uuid(), aggregatetype varchar(255) not null,
      aggregateid bigint not null, type varchar(255), payload jsonb, raw bytea)`);
  service = await cdc.start({ MILLRACE_CDC_OUTBOX_TABLE: 'public.outbox' });
  await service.ready();
});
afterAll(() => cdc.close());

const insert = (id: number, type: string | null, payload: string | null) => `
  insert into outbox (aggregatetype, aggregateid, type, payload)
  values ('${ORDER}', ${id}, ${type === null ? 'null' : `'${type}'`}, ${payload === null ? 'null' : `'${payload}'`})`;

const messages = async () => {
  const connection = {
    brokers: stackUnderTest().kafkaBrokers.split(','),
    ...{ clientId: 'cdc-test', logger: silentLogger },
  };
  const topic = `outbox.event.${ORDER}`;
  const admin = createAdmin(connection);
  const [state] = await admin.describeTopics([topic]).finally(() => admin.close());
  if (state === undefined) return [];
  const found: unknown[] = [];
  const records = readPartition(connection, {
    ...{ topic, partition: 0, fromOffset: 0, isolation: 'read_committed' },
  });
  for await (const { headers, key, value } of records) {
    expect(String(headers['id'])).toMatch(/^[0-9a-f-]{36}$/);
    const type = headers['eventType'];
    found.push([String(key), value === null ? null : String(value), type && String(type)]);
  }
  return found;
};

test('an insert is a message by aggregate with id and type, deleted in the same transaction or not', async () => {
  const client = await cdc.database.connect();
  await client.query('begin');
  await client.query('insert into orders values (1)');
  await client.query(insert(1, 'Created', '{"n": 1.10}'));
  await client.query('delete from outbox');
  await client.query('commit');
  await cdc.database.query(insert(2, null, null));
  await cdc.database.query(`update outbox set type = 'changed'`);
  await cdc.database.query('delete from outbox');
  await client.query('begin');
  await client.query(insert(9, 'Never', '{}'));
  await client.query('rollback');
  await cdc.caughtUp();
  expect(await messages()).toEqual([
    ['1', '{"n": 1.10}', 'Created'],
    ['2', null, undefined],
  ]);
  expect(await cdc.changes('outbox')).toEqual([]);
  expect(await cdc.changes('orders')).toHaveLength(1);
});

test('each message is there once, in order, when the service is killed again and again', async () => {
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 40; i++) await cdc.database.query(insert(round * 40 + i, 'N', '{}'));
    service.kill('SIGKILL');
    await service.exited;
    service = await cdc.start({ MILLRACE_CDC_OUTBOX_TABLE: 'public.outbox' });
    await service.ready();
  }
  await cdc.caughtUp();
  const ids = (await messages()).slice(2).map((message) => (message as [string])[0]);
  expect(ids).toEqual(Array.from({ length: 120 }, (_, i) => String(i)));
});
