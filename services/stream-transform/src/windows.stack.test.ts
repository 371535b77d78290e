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

test('a record of the year 9999 is a dead letter alone: what comes after it is not late', async () => {
  const world = await createTransformWorld();
  await world.write(windowSums);
  await world.start();
  await world.send(readingsOf(0, 15));
  await world.send([
    { sensor: 's0', at: Date.UTC(9999, 0, 1), value: 1, writtenMs: 15_000 },
    { sensor: 's1', at: Date.UTC(9999, 0, 1), value: 1, writtenMs: 15_000 },
  ]);
  await world.send(readingsOf(15, 37));
  await expect.poll(() => sumsIn(world)).toEqual(sumsOf(3));
  const reasons = (await world.deadLetters()).map(({ headers }) =>
    String(headers['__connect.errors.exception.message']),
  );
  expect(reasons).toEqual(Array(2).fill(expect.stringMatching(/the field at is \d+ days ahead/)));
});
