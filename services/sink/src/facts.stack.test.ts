/** Facts from Kafka to ClickHouse through the real process: exactly once, whatever happens to it. */
import {
  createFlightsWorld,
  type FlightsWorld,
  stackUnderTest,
  startService,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

let world: FlightsWorld;

beforeAll(async () => {
  world = await createFlightsWorld(stackUnderTest());
});
afterAll(async () => {
  await world?.drop();
});

test('what is on the topic before and after the start is in the table once', async () => {
  await world.send(0, 5_000);
  const sink = await startService('sink', world.env);
  await sink.ready();
  await world.send(5_000, 5_000);
  await expect
    .poll(() => world.landed(), { timeout: 20_000 })
    .toEqual({ rows: 10_000, positions: 10_000, flights: 10_000 });
  expect(await sink.stop()).toEqual({ code: 0, signal: null });
});
