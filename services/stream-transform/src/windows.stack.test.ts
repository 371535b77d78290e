import { expect, test } from 'vitest';
import { createTransformWorld, type Reading } from './testing/transform-world.ts';

/** Sums by the parity of the value, so that records of both partitions meet in one key. */
const sums = `from('in', { time: 'at', disorder: '1 s', idle: { after: '1 h', action: 'leave' } })
  .keyBy(({ value }) => value % 2 === 0 ? 'even' : 'odd')
  .window(streams.tumbling('10 s', { grace: '0 s' }))
  .aggregate({ total: streams.sum(({ value }) => value) }, { emit: 'final' })
  .map(({ key, window, value }) => ({ name: key, at: window.startMs, total: value.total }))
  .to('out');`;

/** Two sensors, one in each partition, a value a second each. */
const readings = (fromSecond: number, toSecond: number): Reading[] =>
  Array.from({ length: toSecond - fromSecond }, (_, i) => fromSecond + i).flatMap((second) =>
    ['s0', 's1'].map((sensor) => ({ sensor, at: second * 1000, value: second })),
  );

const expected = (windows: number) =>
  Array.from({ length: windows }, (_, window) => {
    const of = (parity: number) =>
      readings(window * 10, window * 10 + 10)
        .filter(({ value }) => value % 2 === parity)
        .reduce((sum, { value }) => sum + value, 0);
    return [
      { name: 'even', at: window * 10_000, total: of(0) },
      { name: 'odd', at: window * 10_000, total: of(1) },
    ];
  }).flat();

test('windows over records that change partition close once, and what was open survives restarts with and without the disk', async () => {
  const world = await createTransformWorld();
  await world.write(sums);
  const results = async () =>
    (await world.results())
      .map(({ value }) => value!)
      .sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1));

  const first = await world.start();
  await world.send(readings(0, 25));
  await expect.poll(results).toEqual(expected(2));
  await first.stop();

  const second = await world.start();
  await world.send(readings(25, 37));
  await expect.poll(results).toEqual(expected(3));
  await second.stop();

  await world.start({ MILLRACE_STREAM_TRANSFORM_STATE_DIR: `${world.directory}/another` });
  await world.send(readings(37, 52));
  await expect.poll(results).toEqual(expected(5));
});
