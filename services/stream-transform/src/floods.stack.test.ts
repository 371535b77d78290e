/** Mostly failing records are an outage: nothing of them is committed, and the task goes on when they go well or a person lets them go. */
import { openFloodLog } from '@millrace/dead-letters';
import { silentLogger } from '@millrace/pipeline';
import { expect, onTestFinished, test } from 'vitest';
import { createTransformWorld } from './testing/transform-world.ts';

const repairable = `from('in', { time: 'at' })
  .map(({ sensor, at, value }) => {
    if (value > 1000 && !globalThis.isRepaired) throw new Error('too large');
    return { name: sensor, at, total: value };
  })
  .to('out');`;

test('a transform that fails for most records waits, with no letters, and goes on once it does not; garbage goes by order', async () => {
  const repair = globalThis as { isRepaired?: boolean };
  onTestFinished(() => {
    delete repair.isRepaired;
  });
  const world = await createTransformWorld();
  await world.write(repairable);
  const readings = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => ({ sensor: 's0', at: 1_000 + i, value: from + i }));
  await world.send([...readings(0, 5), ...readings(1001, 200)]);
  const service = await world.start();
  await expect.poll(() => service.ready()).toMatch(/20\d of 20\d records would be dead letters/);
  expect(await world.results()).toEqual([]);
  expect(await world.deadLetters()).toEqual([]);
  repair.isRepaired = true;
  await expect.poll(async () => (await world.results()).length).toBe(205);
  await expect.poll(() => service.ready()).toBe(true);
  expect(await world.deadLetters()).toEqual([]);

  for (let index = 0; index < 120; index += 1)
    await world.sendRaw(1, { key: Buffer.from('k'), value: Buffer.from(`garbage ${index}`) });
  await expect.poll(() => service.ready()).toContain('transform.record-unreadable');
  const letters = (await world.deadLetters()).length;
  const log = openFloodLog({ brokers: world.brokers, clientId: 'test', logger: silentLogger });
  const [flood] = (await log.read(Date.now())).floods.filter(
    ({ owner }) => owner === world.transform,
  );
  expect(flood).toMatchObject({ service: 'stream-transform', partition: 1 });
  await log.accept({
    ...{ service: 'stream-transform', topic: flood!.topic, by: 'test', reason: 'a test' },
    ...{ atMs: Date.now(), untilMs: Date.now() + 600_000 },
  });
  await log.close();
  expect(letters).toBeLessThan(100);
  await expect.poll(async () => (await world.deadLetters()).length).toBe(120);
  await expect.poll(() => service.ready()).toBe(true);
});
