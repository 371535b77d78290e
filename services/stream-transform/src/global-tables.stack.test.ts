import { createRegistryClient } from '@millrace/avro';
import { createAdmin } from '@millrace/kafka';
import { silentLogger, systemClock } from '@millrace/pipeline';
import { loadProject } from '@millrace/runtime';
import { stackUnderTest } from '@millrace/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { followGlobalTables } from './global-tables/follow-global-tables.ts';
import { createTransformWorld, type Reading } from './testing/transform-world.ts';

/** Every reading with the newest of the sensor `limit`; a limit itself is none. */
const joined = `from('in', { time: 'at' })
  .filter(({ sensor }) => sensor !== 'limit')
  .join(globalTable('in'), () => 'limit', ({ sensor, at, value }, limit) => ({
    name: sensor, at, total: value * 1000 + limit.value,
  }))
  .to('out');`;

const reading = (sensor: string, value: number): Reading => ({ sensor, at: value, value });

test('a global table has every row of its topic before anything is joined with it', async () => {
  const world = await createTransformWorld();
  const sensors = Array.from({ length: 3_000 }, (_, number) => `s${number}`);
  for (const value of [1, 2]) await world.send(sensors.map((sensor) => reading(sensor, value)));
  await world.sendRaw(0, { key: Buffer.from('s0'), value: null });

  const { contracts } = await loadProject(world.env['MILLRACE_PROJECT']!);
  const kafka = { brokers: world.brokers, clientId: 'millrace-test', logger: silentLogger };
  const admin = createAdmin(kafka);
  const contract = contracts.find(({ id }) => id === `${world.domain}.in`)!;
  const options = {
    ...{ kafka, admin, clock: systemClock, logger: silentLogger, schemaWaitMs: 30_000 },
    registry: createRegistryClient({ url: stackUnderTest().registryUrl }),
  };
  const tables = await followGlobalTables([contract], options);
  onTestFinished(async () => {
    await tables.close();
    await admin.close();
  });
  const rows = new Map(tables.of<Reading>(contract.id).entries());
  expect([...rows.keys()].sort()).toEqual(sensors.slice(1).sort());
  expect(rows.get('s7')).toEqual(reading('s7', 2));

  const elsewhere = { ...contract, topic: { ...contract.topic, name: `${world.domain}.none` } };
  await expect(followGlobalTables([elsewhere], options)).rejects.toMatchObject({
    code: 'transform.topic-missing',
  });
});

test('records are joined with a global table, which follows what changes; a row that cannot be read stays as it was', async () => {
  const world = await createTransformWorld();
  await world.write(joined);
  await world.send([reading('s1', 1), reading('limit', 6), reading('limit', 7)]);
  // In the table's topic, and not readable: the row before stays.
  await world.sendRaw(0, { key: Buffer.from('limit'), value: Buffer.from('garbage') });
  await world.start();
  const totals = async () => (await world.results()).map(({ value }) => value!.total);
  await expect.poll(totals).toEqual([1007]);

  await world.send([reading('limit', 8)]);
  // The table and the stream are read side by side: a reading after the change meets it soon, not at once.
  let value = 2;
  await expect
    .poll(async () => {
      await world.send([reading('s1', value)]);
      value += 1;
      return (await totals()).some((total) => total % 1000 === 8);
    })
    .toBe(true);
});
