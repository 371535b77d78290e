import { expect, test } from 'vitest';
import { createTransformWorld } from './testing/transform-world.ts';
import { readingsOf, sumsIn, sumsOf, windowSums } from './testing/window-sums.ts';

test('windows over records that change partition close once, and what was open survives restarts with and without the disk', async () => {
  const world = await createTransformWorld();
  await world.write(windowSums);

  const first = await world.start();
  await world.send(readingsOf(0, 25));
  await expect.poll(() => sumsIn(world)).toEqual(sumsOf(2));
  await first.stop();

  const second = await world.start();
  await world.send(readingsOf(25, 37));
  await expect.poll(() => sumsIn(world)).toEqual(sumsOf(3));
  await second.stop();

  await world.start({ MILLRACE_STREAM_TRANSFORM_STATE_DIR: `${world.directory}/another` });
  await world.send(readingsOf(37, 52));
  await expect.poll(() => sumsIn(world)).toEqual(sumsOf(5));
});
