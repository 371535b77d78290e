/** Results of a transform through the real process: the view shows the last one of each key. */
import { compileWriter, frame } from '@millrace/avro';
import { deadLetterHeaders } from '@millrace/contracts';
import {
  createFlightsWorld,
  type FlightsWorld,
  flight,
  type ServiceProcess,
  stackUnderTest,
  startService,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

let world: FlightsWorld;
let sink: ServiceProcess;

beforeAll(async () => {
  world = await createFlightsWorld(stackUnderTest(), {
    partitions: 1,
    edit: (file, text) =>
      file === 'departed.odcs.yaml'
        ? text
            .replace('source: { kind: event }', 'source: { kind: derived }\n      key: [flight_id]')
            .replace(/identity: flight_id\n +rejected: drop/, 'compatibility: BACKWARD')
            .replace(/ +compatibility: BACKWARD_TRANSITIVE\n/, '')
            .replace(/role: fact[\s\S]*$/, 'role: aggregate\n')
        : text,
  });
  sink = await startService('sink', world.env);
  await sink.ready();
});
afterAll(async () => {
  await sink?.stop();
  await world?.drop();
});

const send = async (results: readonly (readonly [number, number])[]): Promise<void> => {
  const write = compileWriter(world.contract.schemaText);
  const records = results.map(([index, delay]) => ({
    key: Buffer.from(`F${index}`),
    value: frame(world.schemaId, write({ ...flight(index), delay_minutes: delay })),
  }));
  await world.producer.send([{ topic: world.contract.topic.name, partition: 0, records }]);
};

const shown = async () =>
  (
    await world.database.query<{ flight_id: string; delay_minutes: number }>(
      `SELECT flight_id, delay_minutes FROM ${world.contract.warehouse.view} ORDER BY flight_id`,
    )
  ).map((row) => [row.flight_id, row.delay_minutes]);

test('a result that is told again with another value takes the place of the one before', async () => {
  expect(world.contract.topic.name).toMatch(/^derived\./);
  await send([
    [1, 10],
    [2, 20],
    [1, 11],
  ]);
  await expect.poll(shown).toEqual([
    ['F1', 11],
    ['F2', 20],
  ]);
  await send([[2, 21]]);
  await expect.poll(shown).toEqual([
    ['F1', 11],
    ['F2', 21],
  ]);
});

test('a result that is taken back is gone, and comes back when it is told again', async () => {
  const takeBack = (key: string | null) => ({
    key: key === null ? null : Buffer.from(key),
    value: null,
  });
  const { topic } = world.contract;
  const sendDeletions = (...keys: (string | null)[]) =>
    world.producer.send([{ topic: topic.name, partition: 0, records: keys.map(takeBack) }]);
  await send([
    [7, 70],
    [8, 80],
    [9, 90],
  ]);
  await sendDeletions('F7', 'F8', null, 'F-never-was');
  await send([[8, 81]]);
  const mine = async () => (await shown()).filter(([id]) => /^F[^12]/.test(String(id)));
  await expect.poll(mine).toEqual([
    ['F8', 81],
    ['F9', 90],
  ]);
  await sendDeletions('F9');
  await expect.poll(mine).toEqual([['F8', 81]]);
  const letters = await world.deadLetters();
  expect(
    letters.map(({ headers }) => headers[deadLetterHeaders.exceptionClass]?.toString()),
  ).toEqual(['sink.record-empty']);
});
