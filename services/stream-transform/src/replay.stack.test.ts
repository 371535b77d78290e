import { expect, test } from 'vitest';
import { createTransformWorld, type Reading } from './testing/transform-world.ts';
import { windowSums } from './testing/window-sums.ts';

/** Out of order by up to twice what is allowed, so that some are late; the same for the same second. */
const disordered = (fromSecond: number, toSecond: number): Reading[] =>
  Array.from({ length: (toSecond - fromSecond) * 10 }, (_, i) => fromSecond * 10 + i).flatMap((n) =>
    ['s0', 's1'].map((sensor, index) => ({
      sensor,
      at: Math.max(0, n * 100 - ((n * 7919 + index * 104_729) % 21) * 100),
      value: n,
    })),
  );

test('a replay from the first offset gives the bytes of the live run, which was interrupted again and again, in the same order', async () => {
  const world = await createTransformWorld();
  await world.write(windowSums);
  const again = `${world.outName}.again`;
  await world.outTopic(again);
  await world.write(
    windowSums.replace("to('out')", `to('out', { topic: '${again}' })`),
    '{}',
    `${world.transform}_again`,
  );
  const run = (name: string) => world.start({ MILLRACE_STREAM_TRANSFORM_TRANSFORMS: name });
  const windows = async (topic: string) => (await world.records(topic)).length;

  for (const second of [0, 25]) {
    const live = await run(world.transform);
    await world.send(disordered(second, second + 25));
    await expect.poll(() => windows(world.outName)).toBeGreaterThan(second / 13);
    await live.stop();
  }
  const live = await run(world.transform);
  await world.send(disordered(50, 65));
  // The watermark is at 62.9 s: six windows of two keys.
  await expect.poll(() => windows(world.outName)).toBe(12);
  await live.stop();

  await run(`${world.transform}_again`);
  await expect.poll(() => windows(again)).toBe(12);
  const bytesOf = async (topic: string) =>
    (await world.records(topic)).map(({ partition, timestampMs, key, value }) => ({
      ...{ partition, timestampMs },
      key: key?.toString('hex'),
      value: value?.toString('hex'),
    }));
  expect(await bytesOf(again)).toEqual(await bytesOf(world.outName));
});
