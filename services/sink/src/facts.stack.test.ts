/**
 * Facts from Kafka to ClickHouse through the real process, and what can go wrong with single records on
 * the way: exactly once, or a dead letter exactly once.
 */
import { compileWriter, createRegistryClient, frame } from '@millrace/avro';
import { valueSubject } from '@millrace/contracts';
import type { ConsumedRecord, OutgoingRecord } from '@millrace/kafka';
import {
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

beforeEach(async () => {
  world = await createFlightsWorld(stackUnderTest());
});
afterEach(async () => {
  await sink?.stop();
  sink = undefined;
  await world?.drop();
});

const start = async (env: Readonly<Record<string, string>> = {}): Promise<void> => {
  sink = await startService('sink', { ...world.env, ...env });
};

const landing = (rows: number) =>
  expect.poll(() => world.landed()).toEqual({ rows, positions: rows, flights: rows });

const sendTo = (partition: number, records: readonly OutgoingRecord[]) =>
  world.producer.send([{ topic: world.contract.topic.name, partition, records }]);

const header = (record: ConsumedRecord, name: string): string | undefined =>
  record.headers[`__connect.errors.${name}`]?.toString();

test('what is on the topic before and after the start is in the table once, and a stop loses nothing', async () => {
  await world.send(0, 5_000);
  await start();
  await sink!.ready();
  await world.send(5_000, 5_000);
  await landing(10_000);
  expect(await sink!.stop()).toEqual({ code: 0, signal: null });
  await world.send(10_000, 1_000);
  await start();
  await landing(11_000);
});

test('a single record on a quiet partition lands by its age (F20)', async () => {
  await start();
  await sink!.ready();
  await world.send(0, 1);
  await landing(1);
});

test('garbage, a cut off datum, a datum too long and an unknown schema become dead letters, alone', async () => {
  const good = world.departure(0).value!;
  const garbage: readonly OutgoingRecord[] = [
    { key: Buffer.from('k1'), value: Buffer.from('not avro at all'), headers: { trace: 'abc' } },
    { key: null, value: good.subarray(0, -3) },
    { key: null, value: Buffer.concat([good, Buffer.from([0, 0])]) },
    { key: null, value: frame(2_000_000_000, good.subarray(5)) },
    { key: Buffer.from('k5'), value: null },
  ];
  for (const [index, record] of garbage.entries()) {
    await sendTo(0, [world.departure(1_000 + index), record, world.departure(2_000 + index)]);
  }
  await start({ MILLRACE_SINK_SCHEMA_WAIT: '1s' });
  await landing(10);
  await expect.poll(async () => (await world.deadLetters()).length).toBe(5);
  const letters = await world.deadLetters();
  expect(letters.map(({ key, value }) => ({ key, value }))).toEqual(
    garbage.map(({ key, value }) => ({ key, value })),
  );
  expect(letters.map((letter) => header(letter, 'exception.class.name'))).toEqual([
    'sink.record-unframed',
    'sink.record-undecodable',
    'sink.record-undecodable',
    'registry.unknown-schema',
    'sink.record-empty',
  ]);
  expect(letters.map((letter) => header(letter, 'offset'))).toEqual(['1', '4', '7', '10', '13']);
  expect(letters[0]!.headers['trace']!.toString()).toBe('abc');
});

test('a value that ClickHouse refuses is found, and the rest of its range lands (F13)', async () => {
  const table = world.contract.warehouse.table;
  await world.database.execute(
    `ALTER TABLE ${table} ADD CONSTRAINT no_negative CHECK distance_miles >= 0`,
  );
  const write = compileWriter(world.contract.schemaText);
  const refused = (index: number): OutgoingRecord => ({
    key: null,
    value: frame(world.schemaId, write({ ...flight(index), distance_miles: -1 })),
  });
  await sendTo(1, [world.departure(0), refused(1), ...[2, 3, 4].map(world.departure), refused(5)]);
  await start();
  await landing(4);
  await expect.poll(async () => (await world.deadLetters()).length).toBe(2);
  const letters = await world.deadLetters();
  expect(letters.map((letter) => header(letter, 'offset'))).toEqual(['1', '5']);
});

test('several impossible values in a large range are found by halving, each once', async () => {
  await world.drop();
  const edit = (file: string, text: string): string =>
    file === 'departed.avsc'
      ? text.replace('"type": "string"', '"type": { "type": "string", "logicalType": "uuid" }')
      : text;
  world = await createFlightsWorld(stackUnderTest(), { edit });
  const write = compileWriter(world.contract.schemaText);
  const bad = new Set([17, 18, 999, 3_000]);
  const records = Array.from({ length: 4_000 }, (_, index) => {
    const id = bad.has(index)
      ? 'no uuid at all'
      : `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
    return { key: null, value: frame(world.schemaId, write({ ...flight(index), flight_id: id })) };
  });
  await sendTo(2, records);
  await start();
  await landing(3_996);
  await expect.poll(async () => (await world.deadLetters()).length).toBe(4);
  const offsets = (await world.deadLetters()).map((letter) => Number(header(letter, 'offset')));
  expect(new Set(offsets)).toEqual(bad);
});

test('writer schemas older and newer than the contract share a range (F15)', async () => {
  const { registryUrl } = stackUnderTest();
  const registry = createRegistryClient({ url: registryUrl });
  const schema = JSON.parse(world.contract.schemaText) as { fields: unknown[] };
  const newer = JSON.stringify({
    ...schema,
    fields: [...schema.fields, { name: 'gate', type: ['null', 'string'], default: null }],
  });
  const { id } = await registry.register(valueSubject(world.contract.topic.name), newer);
  const write = compileWriter(newer);
  const records = Array.from({ length: 100 }, (_, index) =>
    index % 2 === 0
      ? world.departure(index)
      : { key: null, value: frame(id, write({ ...flight(index), gate: 'A1' })) },
  );
  await sendTo(0, records);
  await start();
  await landing(100);
});

test('a writer whose unit would be changed silently is a dead letter with the reason', async () => {
  const registry = createRegistryClient({ url: stackUnderTest().registryUrl });
  const micros = world.contract.schemaText.replace('timestamp-millis', 'timestamp-micros');
  const { id } = await registry.register(`${world.contract.topic.name}-micros-value`, micros);
  const value = frame(id, compileWriter(micros)(flight(1)));
  await sendTo(0, [world.departure(0), { key: null, value }, world.departure(2)]);
  await start();
  await landing(2);
  await expect.poll(async () => (await world.deadLetters()).length).toBe(1);
  const [letter] = await world.deadLetters();
  expect(header(letter!, 'exception.class.name')).toBe('sink.schema-unfit');
  expect(header(letter!, 'exception.message')).toContain('departed_at [unit-changed]');
});

test('a missing table keeps the partitions waiting, says so, and goes on when it is there', async () => {
  const table = world.contract.warehouse.table;
  const [{ statement } = { statement: '' }] = await world.database.query<{ statement: string }>(
    `SELECT create_table_query AS statement FROM system.tables
     WHERE database = currentDatabase() AND name = '${table}'`,
  );
  await world.database.execute(`DROP TABLE ${table} SYNC`);
  await start();
  await world.send(0, 100);
  const readiness = async () => (await fetch(`${sink!.adminUrl}/readyz`)).text().catch(() => '');
  await expect.poll(readiness).toContain('does not exist');
  expect(sink!.lines.some((line) => line.includes('waits for a person'))).toBe(true);
  await world.database.execute(statement);
  await landing(100);
  await sink!.ready();
});
