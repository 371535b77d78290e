/**
 * Mostly garbage is an outage: the partition waits, writes no letters, says why, and goes on by itself or when a person lets it. One bad
 * record still leaves alone.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compileWriter, createRegistryClient, frame } from '@millrace/avro';
import { openFloodLog } from '@millrace/dead-letters';
import { silentLogger } from '@millrace/pipeline';
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
  world = await createFlightsWorld(stackUnderTest(), { partitions: 3 });
  sink = await startService('sink', world.env);
  await sink.ready();
});
afterAll(async () => {
  await sink?.stop();
  await world?.drop();
});

const floodLog = () => {
  const brokers = stackUnderTest().kafkaBrokers.split(',');
  return openFloodLog({ brokers, clientId: 'test', logger: silentLogger });
};
const floods = async () => {
  const log = floodLog();
  const { floods: all } = await log.read(Date.now());
  await log.close();
  return all
    .filter(({ topic }) => topic === world.contract.topic.name)
    .map(({ partition, dead, records, code }) => ({ partition, dead, records, code }));
};
const sendTo = (partition: number, values: readonly Buffer[]) =>
  world.producer.send([
    {
      ...{ topic: world.contract.topic.name, partition },
      records: values.map((value) => ({ key: null, value })),
    },
  ]);
const why = async () => (await fetch(`${sink.adminUrl}/readyz`)).text();
const rows = async () => (await world.landed()).rows;

test('records of a schema that does not fit wait, and land once the contract was repaired', async () => {
  const schema = JSON.parse(world.contract.schemaText) as { fields: { name: string }[] };
  schema.fields = schema.fields.filter(({ name }) => name !== 'delay_minutes');
  const text = JSON.stringify(schema);
  const registry = createRegistryClient({ url: stackUnderTest().registryUrl });
  const { id } = await registry.register(`${world.group}-short-value`, text);
  const write = compileWriter(text);
  const short = Array.from({ length: 150 }, (_, index) => frame(id, write(flight(index))));
  await sendTo(0, short);
  // a partition beside it goes on
  await sendTo(1, [world.departure(1000).value!]);
  await expect.poll(why).toContain('150 of 150 records would be dead letters (sink.schema-unfit');
  await expect.poll(rows).toBe(1);
  expect(await floods()).toEqual([
    { partition: 0, dead: 150, records: 150, code: 'sink.schema-unfit' },
  ]);
  expect(await world.deadLetters()).toEqual([]);
  expect(
    await sink.metric(`millrace_sink_flood_retries_total{topic="${world.contract.topic.name}"}`),
  ).toBeGreaterThan(0);

  const file = join(
    world.env['MILLRACE_PROJECT']!,
    'schemas',
    world.contract.domain,
    'departed.avsc',
  );
  const contract = await readFile(file, 'utf8');
  await writeFile(
    file,
    contract.replace(/("name": "delay_minutes",\s*"type": "int",)/, '$1 "default": 0,'),
  );
  await expect.poll(rows).toBe(151);
  await expect.poll(why).not.toContain('dead letters');
  await expect.poll(floods).toEqual([]);
  expect(await world.deadLetters()).toEqual([]);
});

test('a bad record among good ones leaves alone, at once', async () => {
  const good = Array.from({ length: 150 }, (_, index) => world.departure(2000 + index).value!);
  await sendTo(1, [...good, Buffer.from('garbage'), world.departure(2999).value!]);
  await expect.poll(rows).toBe(302);
  await expect.poll(async () => (await world.deadLetters()).length).toBe(1);
});

test('garbage waits until a person accepts the letters; then each is written once', async () => {
  const garbage = Array.from({ length: 400 }, (_, index) => Buffer.from(`garbage ${index}`));
  await sendTo(2, [...garbage, world.departure(3000).value!]);
  await expect.poll(async () => (await floods()).map(({ partition }) => partition)).toEqual([2]);
  expect((await world.deadLetters()).length).toBe(1);
  const log = floodLog();
  await log.accept({
    ...{ service: 'sink', topic: world.contract.topic.name, by: 'test', reason: 'a test' },
    ...{ atMs: Date.now(), untilMs: Date.now() + 600_000 },
  });
  await log.close();
  await expect.poll(async () => (await world.deadLetters()).length).toBe(401);
  await expect.poll(rows).toBe(303);
  await expect.poll(floods).toEqual([]);
});
