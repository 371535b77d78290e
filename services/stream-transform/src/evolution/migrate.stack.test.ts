/** State whose values are rewritten when the transform is changed, by a service that is killed in the midst of it. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startService } from '@millrace/testkit';
import { expect, test } from 'vitest';
import { createTransformWorld, type TransformWorld } from '../testing/transform-world.ts';

/** The sum of each sensor, told with every reading. */
const sums = (version: 1 | 2) => `from('in', { time: 'at' })
  .keyBy(({ sensor }) => sensor)
  .process({
    stores: { sum: streams.keyedState('sum:v${version}') },
    onRecord({ sensor, at, value }, { key, stores }) {
      const known = stores.sum.get(key);
      const sum = (${version === 1 ? 'known' : 'known?.sum'} ?? 0) + value;
      stores.sum.set(key, ${version === 1 ? 'sum' : '{ sum }'});
      return [{ name: sensor, at, total: sum }];
    },
  }, { name: 'keep' })
  .to('out');`;

/** Adds 1,000 to what it migrates, and kills the service at its third value when it has not done so before. */
const migrating = (killed: string) => `(() => {
  const { existsSync, writeFileSync } = process.getBuiltinModule('node:fs');
  let values = 0;
  return { version: 2, onChange: { migrate: { 'keep-sum': (old) => {
    values += 1;
    if (values === 3 && !existsSync('${killed}')) {
      writeFileSync('${killed}', '');
      process.kill(process.pid, 'SIGKILL');
    }
    return { sum: old + 1_000 };
  } } } };
})()`;

const sensors = Array.from({ length: 8 }, (_, number) => `s${number}`);

/** Sends one reading of each sensor; resolves when their sums are these. */
const readOnce = async (world: TransformWorld, at: number, expected: number) => {
  await world.send(sensors.map((sensor) => ({ sensor, at, value: 1 })));
  const totals = async () =>
    (await world.results()).flatMap(({ value }) => (value!.at === at ? [value!.total] : []));
  await expect.poll(totals).toEqual(sensors.map(() => expected));
};

test('a migration that was killed begins again from the old state, which the old file still runs on; each value goes through it once', async () => {
  const world = await createTransformWorld();
  const killed = join(world.directory, 'killed');
  const runAndRead = async (at: number, expected: number) => {
    const service = await world.start();
    await readOnce(world, at, expected);
    await service.stop();
  };
  await world.write(sums(1));
  await runAndRead(1, 1);

  await world.write(sums(2), migrating(killed));
  const service = await startService('stream-transform', {
    ...world.env,
    MILLRACE_STREAM_TRANSFORM_PORT: '0',
    // Who comes next waits for the dead member so long.
    MILLRACE_STREAM_TRANSFORM_SESSION_TIMEOUT: '6s',
  });
  expect(await service.exited).toMatchObject({ signal: 'SIGKILL' });
  expect(existsSync(killed)).toBe(true);

  await world.write(sums(1));
  await runAndRead(2, 2);
  await world.write(sums(2), migrating(killed));
  await runAndRead(3, 1_003);
  // From the checkpoint, and from the changelog alone; also when the file does not say any more how to migrate.
  await runAndRead(4, 1_004);
  await rm(join(world.directory, 'state'), { recursive: true });
  await world.write(sums(2), '{ version: 2 }');
  await runAndRead(5, 1_005);

  await world.write(sums(1));
  const refused = await world.start();
  await expect.poll(() => String(refused.ready())).toMatch(/The state is of version 2/);
});
