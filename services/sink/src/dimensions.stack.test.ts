/** Dimensions from Debezium's envelope through the real process: the view is the source table, whatever the order. */
import { compileWriter, createRegistryClient, frame } from '@millrace/avro';
import { valueSubject } from '@millrace/contracts';
import type { OutgoingRecord } from '@millrace/kafka';
import {
  createFlightsWorld,
  type FlightsWorld,
  type ServiceProcess,
  stackUnderTest,
  startService,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { changeEnvelope } from './testing/change-envelope.ts';

/** Columns beyond the example's, one for each kind of conversion. */
const extraColumns = [
  { name: 'opened', avro: { type: 'int', logicalType: 'date' }, odcs: 'date' },
  {
    name: 'changed_at',
    avro: { type: 'long', logicalType: 'timestamp-micros' },
    odcs: 'timestamp',
  },
  { name: 'seen_at', avro: { type: 'long', logicalType: 'timestamp-micros' }, odcs: 'timestamp' },
  {
    name: 'fee',
    avro: { type: 'bytes', logicalType: 'decimal', precision: 10, scale: 2 },
    odcs: 'number',
  },
  { name: 'owner', avro: { type: 'string', logicalType: 'uuid' }, odcs: 'string' },
];
const optional = (type: unknown) => ['null', type];
const connect = (type: string, name: string) => ({
  type,
  'connect.version': 1,
  'connect.name': name,
});

const envelopeText = changeEnvelope([
  { name: 'iata', type: 'string' },
  { name: 'name', type: 'string' },
  { name: 'city', type: optional('string'), default: null },
  { name: 'state', type: optional('string'), default: null },
  { name: 'country', type: 'string' },
  { name: 'latitude', type: 'double' },
  { name: 'longitude', type: 'double' },
  { name: 'opened', type: optional(connect('int', 'io.debezium.time.Date')), default: null },
  { name: 'changed_at', type: optional(connect('long', 'io.debezium.time.MicroTimestamp')) },
  { name: 'seen_at', type: optional(connect('string', 'io.debezium.time.ZonedTimestamp')) },
  {
    name: 'fee',
    type: optional({ type: 'bytes', logicalType: 'decimal', precision: 10, scale: 2 }),
  },
  { name: 'owner', type: connect('string', 'io.debezium.data.Uuid') },
]);

const row = (iata: string, name: string, more: Readonly<Record<string, unknown>> = {}) => ({
  ...{ iata, name, city: 'Town', state: null, country: 'USA', latitude: 1.5, longitude: -2.5 },
  ...{ opened: null, changed_at: null, seen_at: null, fee: null },
  ...{ owner: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', ...more },
});
type Row = ReturnType<typeof row>;

let world: FlightsWorld;
let sink: ServiceProcess;
let change: (op: string, lsn: number, before: Row | null, after: Row | null) => OutgoingRecord;

beforeAll(async () => {
  world = await createFlightsWorld(stackUnderTest(), { edit: addColumns });
  const registry = createRegistryClient({ url: stackUnderTest().registryUrl });
  const { id } = await registry.register(valueSubject(world.airports.topic.name), envelopeText);
  const write = compileWriter(envelopeText);
  change = (op, lsn, before, after) => ({
    key: Buffer.from((after ?? before)!.iata),
    value: frame(
      id,
      write({
        before,
        after,
        source: { ts_ms: 1_000 + lsn, sequence: null, lsn },
        op,
        ts_ms: null,
      }),
    ),
  });
  sink = await startService('sink', world.env);
  await sink.ready();
});
afterAll(async () => {
  await sink?.stop();
  await world?.drop();
});

function addColumns(file: string, text: string): string {
  if (file === 'airports.avsc') {
    const schema = JSON.parse(text) as { fields: unknown[] };
    const fields = extraColumns.map(({ name, avro }) => ({
      ...{ name, type: optional(avro), default: null, doc: `${name} of the airport.` },
    }));
    return JSON.stringify({ ...schema, fields: [...schema.fields, ...fields] });
  }
  if (file !== 'airports.odcs.yaml') return text;
  const properties = extraColumns.map(
    ({ name, odcs }) =>
      `      - name: ${name}\n        logicalType: ${odcs}\n        required: false\n        classification: public\n`,
  );
  return text.replace('slaProperties:', `${properties.join('')}slaProperties:`);
}

const send = (records: readonly OutgoingRecord[]) =>
  world.producer.send([{ topic: world.airports.topic.name, partition: 0, records }]);

const view = () =>
  world.database.query<Record<string, unknown>>(
    `SELECT * EXCEPT (_ingested_at) FROM ${world.airports.warehouse.view} WHERE iata LIKE '${prefix}%' ORDER BY iata`,
  );
let prefix = '';
const names = async (): Promise<readonly unknown[]> =>
  (await view()).map(({ iata, name }) => [iata, name]);

test('creates, snapshot rows, updates and deletes leave the view as the source table is', async () => {
  prefix = 'A';
  const tombstone = { key: Buffer.from('A3'), value: null };
  await send([
    change('r', 10, null, row('A1', 'one')),
    change('c', 20, null, row('A2', 'two')),
    change('c', 30, null, row('A3', 'three')),
    change('u', 40, null, row('A2', 'two again')),
    change('d', 50, row('A3', ''), null),
    tombstone,
  ]);
  await expect.poll(names).toEqual([
    ['A1', 'one'],
    ['A2', 'two again'],
  ]);
  const deleted = await world.database.query<{ deleted: number }>(
    `SELECT count() AS deleted FROM ${world.airports.warehouse.table} WHERE iata = 'A3' AND _is_deleted = 1`,
  );
  expect(deleted).toEqual([{ deleted: 1 }]);
});

test('a change that comes late or again does not bring an older row back', async () => {
  prefix = 'B';
  await send([
    change('c', 100, null, row('B1', 'first')),
    change('u', 120, null, row('B1', 'third')),
    change('d', 130, row('B2', ''), null),
  ]);
  await expect.poll(names).toEqual([['B1', 'third']]);
  await send([
    change('u', 110, null, row('B1', 'second')),
    change('c', 125, null, row('B2', 'was deleted after this')),
    change('c', 140, null, row('B3', 'the end')),
  ]);
  await expect.poll(names).toEqual([
    ['B1', 'third'],
    ['B3', 'the end'],
  ]);
});

test('a changed primary key is a delete of the old and a create of the new row', async () => {
  prefix = 'C';
  await send([
    change('c', 200, null, row('C1', 'moves')),
    change('d', 210, row('C1', ''), null),
    change('c', 210, null, row('C2', 'moves')),
  ]);
  await expect.poll(names).toEqual([['C2', 'moves']]);
});

test('a delete tells the key alone: what stands for its other columns, empty text for a uuid, is taken', async () => {
  prefix = 'F';
  await send([
    change('c', 250, null, row('F1', 'goes')),
    change('c', 251, null, row('F2', 'stays')),
    change('d', 260, row('F1', '', { owner: '' }), null),
  ]);
  await expect.poll(names).toEqual([['F2', 'stays']]);
});

test("Debezium's dates, timestamps and decimals arrive as what they mean, and null stays null", async () => {
  prefix = 'D';
  const times = {
    opened: 11_323,
    changed_at: 978_307_200_123_456,
    seen_at: '2001-01-01T02:03:04.500000Z',
    fee: Buffer.from([0x30, 0x39]),
  };
  await send([
    change('c', 300, null, row('D1', 'full', times)),
    change('c', 310, null, row('D2', 'empty', { city: null })),
  ]);
  await expect.poll(async () => (await view()).length).toBe(2);
  const [full, empty] = await view();
  expect(full).toMatchObject({
    opened: '2001-01-01',
    changed_at: '2001-01-01 00:00:00.123456',
    seen_at: '2001-01-01 02:03:04.500000',
    fee: 123.45,
    _committed_at: '1970-01-01 00:00:01.300',
  });
  expect(empty).toMatchObject({
    city: null,
    opened: null,
    changed_at: null,
    seen_at: null,
    fee: null,
  });
});

test('a row that ClickHouse refuses is a dead letter alone: its neighbours and what comes after land', async () => {
  prefix = 'E';
  const forever = { seen_at: 'infinity' };
  const good = Array.from({ length: 20 }, (_, index) =>
    change('c', 400 + index, null, row(`E${index + 10}`, 'good')),
  );
  await send([...good, change('c', 420, null, row('E40', 'bad', forever)), ...good]);
  await send([change('c', 430, null, row('E50', 'after'))]);
  await expect.poll(async () => (await names()).length).toBe(21);
  const reasons = async () =>
    (await world.deadLetters(world.airports.topic.name)).map(({ headers }) =>
      String(headers['__connect.errors.exception.message']),
    );
  const refused = [expect.stringContaining('CANNOT_PARSE_DATETIME')];
  await expect.poll(reasons).toEqual(refused);
});
