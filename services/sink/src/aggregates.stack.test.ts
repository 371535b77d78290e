/** Results of a transform through the real process: the view shows the last one of each key. */
import { compileWriter, frame } from '@millrace/avro';
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
