/** Every service is started twice at once on a cluster where nothing of the platform exists yet: they make its topics together. */
import { type RunningStack, startStack } from '@millrace/stack';
import { createFlightsWorld, type FlightsWorld, startService } from '@millrace/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';

let stack: RunningStack;
let world: FlightsWorld;

beforeAll(async () => {
  stack = await startStack({ backend: 'embedded' });
  world = await createFlightsWorld(stack.endpoints);
  const source = new pg.Client({ connectionString: stack.endpoints.postgresUrl });
  await source.connect();
  await source.query('create table t (id int primary key)');
  await source.end();
});
afterAll(async () => {
  await world?.drop();
  await stack?.stop();
});

test('two of each service that start together on an empty cluster all begin, and stop in order', async () => {
  const env = {
    ...world.env,
    ...{ MILLRACE_POSTGRES_URL: stack.endpoints.postgresUrl, MILLRACE_CDC_TABLES: '*' },
    MILLRACE_CDC_SOURCE: 'together',
  };
  const names = ['ingest', 'cdc', 'stream-transform', 'sink', 'quality'];
  const both = await Promise.all(
    names.flatMap((name) => [name, name]).map((name) => startService(name, env)),
  );
  const readyOrSecond = both.map(async (service, index) => {
    const isCapture = names[Math.floor(index / 2)] === 'cdc';
    // the second capture of a source waits for the first one's end
    const waits = () => service.lines.some((line) => line.includes('waiting for the source'));
    if (!isCapture) return service.ready();
    await Promise.race([service.ready(), expect.poll(waits).toBe(true)]);
  });
  await Promise.all(readyOrSecond);
  const exits = await Promise.all(both.map((service) => service.stop()));
  expect(exits).toEqual(both.map(() => ({ code: 0, signal: null })));
  const errors = both.flatMap(({ lines }) => lines.filter((line) => line.includes('"error"')));
  expect(errors).toEqual([]);
});
