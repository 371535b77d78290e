/**
 * Bad records in numbers (F13): every other one, a whole stretch, and one as large as its topic takes. Each is a dead letter once, each
 * good one lands once, and other partitions go on meanwhile.
 */
import { compileWriter, frame } from '@millrace/avro';
import {
  createFlightsWorld,
  type FlightsWorld,
  flight,
  type ServiceProcess,
  stackUnderTest,
  startService,
} from '@millrace/testkit';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

vi.setConfig({ testTimeout: 300_000 });

let world: FlightsWorld;
let sink: ServiceProcess;
let write: ReturnType<typeof compileWriter>;

/** Flight ids are UUIDs here: any text is a valid datum, and ClickHouse refuses what is none. */
beforeEach(async () => {
  world = await createFlightsWorld(stackUnderTest(), {
    partitions: 2,
    edit: (file, text) =>
      file === 'departed.avsc'
        ? text.replace('"type": "string"', '"type": { "type": "string", "logicalType": "uuid" }')
        : text,
  });
  write = compileWriter(world.contract.schemaText);
});
afterEach(async () => {
  await sink?.stop();
  await world?.drop();
});

const departure = (index: number, isBad: boolean) => {
  const uuid = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
  const value = { ...flight(index), flight_id: isBad ? `no uuid ${index}` : uuid };
  return { key: Buffer.from(String(index)), value: frame(world.schemaId, write(value)) };
};
const sendTo = (partition: number, records: readonly { key: Buffer; value: Buffer }[]) =>
  world.producer.send([{ topic: world.contract.topic.name, partition, records }]);

const deadOffsets = async () =>
  (await world.deadLetters()).map(({ headers }) =>
    Number(headers['__connect.errors.offset']?.toString()),
  );

const patient = { timeout: 240_000, interval: 500 } as const;

test('every other record bad: all of them are dead letters once, all others land once, and the other partition does not wait', async () => {
  const isBad = (index: number) => index % 2 === 0;
  const records = Array.from({ length: 1_200 }, (_, index) => departure(index, isBad(index)));
  await sendTo(0, records);
  const good = Array.from({ length: 500 }, (_, index) => departure(10_000 + index, false));
  await sendTo(1, good);
  // just as many are bad as good; which of them a claim cuts off would decide whether that is mostly
  sink = await startService('sink', { ...world.env, MILLRACE_SINK_FLOOD_PERCENT: '60' });
  const startedMs = performance.now();
  await expect
    .poll(() => world.landed(), patient)
    .toEqual({ rows: 1_100, positions: 1_100, flights: 1_100 });
  await expect.poll(async () => (await deadOffsets()).length, patient).toBe(600);
  const seconds = (performance.now() - startedMs) / 1_000;
  console.log(`600 of 1,200 records bad: found and written in ${seconds.toFixed(1)} s`);
  expect(await deadOffsets()).toEqual(Array.from({ length: 600 }, (_, index) => 2 * index));
  await sink.ready();
});

test('a record as large as its topic takes is a dead letter, too, with the reason beside it', async () => {
  const value = Buffer.alloc(1_048_400, 'x');
  await sendTo(0, [{ key: Buffer.from('k'), value }, departure(1, false)]);
  sink = await startService('sink', world.env);
  await expect.poll(() => world.landed(), patient).toMatchObject({ rows: 1 });
  await expect.poll(async () => (await world.deadLetters()).length, patient).toBe(1);
  const [letter] = await world.deadLetters();
  expect(letter!.value!.equals(value)).toBe(true);
});
