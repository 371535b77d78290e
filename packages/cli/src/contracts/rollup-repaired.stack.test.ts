/**
 * A rollup whose expression fails at a row holds up that row's partition (G44). Its contract says it otherwise, and the sink goes on,
 * with every row once in the fact and once in the rollup.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compileWriter, frame } from '@millrace/avro';
import { hasWarehouse } from '@millrace/contracts';
import { loadProject } from '@millrace/runtime';
import {
  createFlightsWorld,
  type FlightsWorld,
  flight,
  type ServiceProcess,
  stackUnderTest,
  startService,
} from '@millrace/testkit';
import { afterEach, expect, test } from 'vitest';
import { applyPlan } from './apply.ts';
import { planProject } from './plan.ts';
import { connectSystem } from './platform-system.ts';

let world: FlightsWorld;
let sink: ServiceProcess;
afterEach(async () => {
  await sink?.stop();
  await world?.drop();
});

const strict = 'toUInt32(substring(flight_id, 2))';
const lenient = 'toUInt32OrZero(substring(flight_id, 2))';

const withRollup = (text: string) =>
  text.replace(
    /( +)warehouse:\n/,
    `$&$1  rollups: [{ name: by_number, by: { number: "${strict}" }, measures: { flights: count() } }]\n`,
  );

const apply = async (allowDestructive: boolean) => {
  const { kafkaBrokers, registryUrl } = stackUnderTest();
  const system = connectSystem({
    ...{ kafkaBrokers: kafkaBrokers.split(','), registryUrl },
    clickhouseUrl: world.database.url,
  });
  try {
    const { contracts } = await loadProject(world.env['MILLRACE_PROJECT']!);
    const mine = contracts.filter(hasWarehouse).filter(({ id }) => id === world.contract.id);
    const options = { allowDestructive, sinkGroup: world.group };
    return await applyPlan(await planProject(mine, system), system, options);
  } finally {
    await system.close();
  }
};

test('a rollup that fails at a row is said otherwise by its contract: every row is there once', async () => {
  world = await createFlightsWorld(stackUnderTest(), {
    partitions: 2,
    edit: (file, text) => (file === 'departed.odcs.yaml' ? withRollup(text) : text),
  });
  sink = await startService('sink', world.env);
  await world.send(0, 1_000);
  await expect.poll(async () => (await world.landed()).rows).toBe(1_000);
  const write = compileWriter(world.contract.schemaText);
  const odd = { ...flight(1_000), flight_id: 'Fodd' };
  await world.producer.send([
    {
      topic: world.contract.topic.name,
      partition: 0,
      records: [{ key: null, value: frame(world.schemaId, write(odd)), headers: {} }],
    },
  ]);
  await expect
    .poll(async () => (await fetch(`${sink.adminUrl}/readyz`)).text())
    .toContain('in the view');
  await world.send(1_001, 1_000);

  const file = join(world.env['MILLRACE_PROJECT']!, 'schemas', world.group, 'departed.odcs.yaml');
  await writeFile(file, (await readFile(file, 'utf8')).replace(strict, lenient));
  await expect(apply(false)).rejects.toThrow('--allow-destructive');
  await apply(true);

  await expect.poll(world.landed).toMatchObject({ rows: 2_001, positions: 2_001 });
  const [counted] = await world.database.query<{ flights: number; odd: number }>(
    'SELECT toUInt32(sum(r.flights)) AS flights, toUInt32(sumIf(r.flights, number = 0)) AS odd FROM by_number AS r',
  );
  expect(counted).toEqual({ flights: 2_001, odd: 2 });
});
