import {
  createFlightsWorld,
  type FlightsWorld,
  type ServiceProcess,
  stackUnderTest,
  startService,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

let world: FlightsWorld;
let quality: ServiceProcess;

beforeAll(async () => {
  world = await createFlightsWorld(stackUnderTest(), { partitions: 1 });
  quality = await startService('quality', world.env);
  await quality.ready();
});
afterAll(async () => {
  await quality?.stop();
  await world?.drop();
});

test('what does not exist is told as a problem with its code', async () => {
  const response = await fetch(`${quality.url}/api/v1/nothing`);
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  expect(await response.json()).toMatchObject({ status: 404, code: 'operations.unknown' });
});
