import { createAdmin } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { readCommitted, type ServiceProcess, stackUnderTest, uniqueName } from '@millrace/testkit';
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

const messages = async (topic = `outbox.event.${ORDER}`) => {
  const connection = {
    brokers: stackUnderTest().kafkaBrokers.split(','),
    ...{ clientId: 'cdc-test', logger: silentLogger },
  };
  const admin = createAdmin(connection);
  const [state] = await admin.describeTopics([topic]).finally(() => admin.close());
  if (state === undefined) return [];
  const found: unknown[] = [];
  const records = await readCommitted(stackUnderTest().kafkaBrokers, topic);
  for (const { headers, key, value } of records) {
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

test('columns of other names, further headers, another topic, an empty payload as a tombstone; a row without what is needed is a dead letter', async () => {
  await service.stop();
  const kind = uniqueName('Kind');
  await cdc.database.query(`
    create table events (event_id text, kind text, subject text, body text, trace text)`);
  const settings = {
    MILLRACE_CDC_OUTBOX_TABLE: 'public.events',
    MILLRACE_CDC_OUTBOX_COLUMNS: 'id:event_id,route:kind,key:subject,payload:body,type:kind',
    MILLRACE_CDC_OUTBOX_HEADERS: 'trace:traceparent,subject',
    MILLRACE_CDC_OUTBOX_TOPIC: `${kind}-of-\${routedByValue}`,
    MILLRACE_CDC_OUTBOX_TOMBSTONE: 'true',
  };
  const second = await cdc.start(settings);
  await second.ready();
  const id = '00000000-0000-0000-0000-000000000001';
  await cdc.database.query(`
    insert into events values ('${id}', 'a/b', 's1', 'text', '00-1'), ('${id}', 'a/b', 's1', '', null),
      ('${id}', 'a/b', null, null, null), (null, 'a/b', 's1', 'no id', null), ('${id}', null, 's1', 'no route', null)`);
  await cdc.caughtUp();
  expect(await messages(`${kind}-of-a_b`)).toEqual([
    ['s1', 'text', 'a/b'],
    ['s1', null, 'a/b'],
    ['null', null, 'a/b'],
  ]);
  expect(await headersOf(`${kind}-of-a_b`)).toEqual([
    ['id', 'eventType', 'traceparent', 'subject'],
    ['id', 'eventType', 'subject'],
    ['id', 'eventType'],
  ]);
  expect(await second.metric('millrace_cdc_dead_letter_rows_total')).toBe(2);
  await cdc.database.query('alter table events drop body');
  await cdc.database.query(`insert into events values ('${id}', 'a/b', 's1', null)`);
  await cdc.caughtUp();
  await expect.poll(() => second.metric('millrace_cdc_dead_letter_rows_total')).toBe(3);
  expect(await messages(`${kind}-of-a_b`)).toHaveLength(3);
});

const headersOf = async (topic: string) => {
  const records = await readCommitted(stackUnderTest().kafkaBrokers, topic);
  return records.map(({ headers }) => Object.keys(headers));
};
