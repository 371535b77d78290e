/** The outbox: Debezium with its event router, and our setting, over the same inserts. */
import { createAdmin, type KafkaConnection, readPartition } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import {
  createPostgresDatabase,
  type PostgresDatabase,
  stackUnderTest,
  uniqueName,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DebeziumWorker, startDebezium } from '../debezium/debezium.ts';
import { type BothCaptures, startBoth } from './both-captures.ts';

const name = uniqueName('outbox').replaceAll('-', '_');
const topicOf = (side: string): string => `${side}.${name}.\${routedByValue}`;

const row = (id: number, ...values: readonly string[]): string =>
  `insert into outbox values ('00000000-0000-0000-0000-00000000000${id}', ${values.join(', ')})`;
const statements: readonly string[] = [
  row(1, `'order'`, `'1'`, `'created'`, `'{"total": 1.10}'`),
  row(2, `'order'`, `'1'`, `'größer'`, `'{"größe": "☃"}'`),
  row(3, `'customer'`, `'c"1'`, `'created'`, `'{}'`),
  row(4, `'order'`, `'2'`, `'gone'`, 'null'),
  `begin; ${row(5, `'order'`, `'3'`, `'created'`, `'[1, null]'`)}; delete from outbox; commit`,
];

interface Message {
  readonly key: string | undefined;
  readonly value: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

let worker: DebeziumWorker;
let database: PostgresDatabase;
let both: BothCaptures;
const messages = new Map<string, ReadonlyMap<string, readonly Message[]>>();

/** Every message by topic, the side's name left out. */
const read = async (side: string): Promise<ReadonlyMap<string, readonly Message[]>> => {
  const connection: KafkaConnection = {
    ...{ brokers: stackUnderTest().kafkaBrokers.split(','), clientId: 'compat' },
    logger: silentLogger,
  };
  const admin = createAdmin(connection);
  const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(`${side}.${name}`));
  await admin.close();
  const found = new Map<string, Message[]>();
  for (const topic of topics.sort()) {
    const list: Message[] = [];
    found.set(topic.slice(side.length), list);
    const source = { topic, partition: 0, fromOffset: 0, isolation: 'read_committed' } as const;
    for await (const { key, value, headers } of readPartition(connection, source)) {
      const shown = Object.entries(headers)
        .filter(([header]) => !header.startsWith('__debezium.context'))
        .map(([header, bytes]) => [header, String(bytes)]);
      list.push({
        ...{ key: key?.toString(), value: value?.toString() },
        headers: Object.fromEntries(shown),
      });
    }
  }
  return found;
};

beforeAll(async () => {
  database = await createPostgresDatabase('compat_outbox');
  worker = await startDebezium({
    kafkaBrokers: stackUnderTest().kafkaBrokers,
    properties: { 'offset.flush.interval.ms': '300' },
    onProgress: (detail) => process.stderr.write(`debezium: ${detail}\n`),
  });
  await database.query('create table compat_tick (id serial primary key)');
  await database.query(
    `create table outbox (id uuid primary key, aggregatetype varchar(255) not null, aggregateid varchar(255) not null,
       type varchar(255) not null, payload jsonb)`,
  );
  both = await startBoth(worker, database, {
    name: 'outbox',
    ours: {
      MILLRACE_CDC_OUTBOX_TABLE: 'public.outbox',
      MILLRACE_CDC_OUTBOX_TOPIC: topicOf('ours'),
    },
    theirs: {
      'message.prefix.exclude.list': String.raw`millrace\..*`,
      'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
      'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
      'tombstones.on.delete': 'false',
      predicates: 'outbox',
      'predicates.outbox.type': 'org.apache.kafka.connect.transforms.predicates.TopicNameMatches',
      'predicates.outbox.pattern': String.raw`.*\.public\.outbox`,
      transforms: 'outbox',
      'transforms.outbox.type': 'io.debezium.transforms.outbox.EventRouter',
      'transforms.outbox.predicate': 'outbox',
      'transforms.outbox.route.topic.replacement': topicOf('theirs'),
      'transforms.outbox.table.fields.additional.placement': 'type:header:eventType',
    },
  });
  await both.caughtUp();
  for (const statement of statements) await database.query(statement);
  await both.caughtUp();
  for (const side of ['ours', 'theirs']) messages.set(side, await read(side));
});

afterAll(async () => {
  await both?.stop();
  await worker?.stop();
  await database?.drop();
});

test('the outbox’s messages have the topics, keys, values and headers of Debezium’s event router', () => {
  const ours = messages.get('ours');
  expect([...(ours?.keys() ?? [])]).toEqual([`.${name}.customer`, `.${name}.order`]);
  expect(ours?.get(`.${name}.order`)).toHaveLength(4);
  expect(ours).toEqual(messages.get('theirs'));
});
