import { expect, test } from 'vitest';
import { createTransformWorld, type TransformWorld } from '../testing/transform-world.ts';

const counted = (
  size: string,
) => `from('in', { time: 'at', idle: { after: '200 ms', action: 'leave' } })
  .keyBy(({ sensor }) => sensor)
  .window(streams.tumbling('${size}'))
  .aggregate({ total: streams.count() }, { name: 'counts' })
  .map(({ key, window, value }) => ({ name: key, at: window.startMs, total: value.total }))
  .to('out');`;

const minute = 60_000;
const send = (world: TransformWorld, ...minutes: readonly number[]) =>
  world.send(minutes.map((at) => ({ sensor: 's1', at: at * minute, value: 1 })));

const counts = async (world: TransformWorld) =>
  (await world.results()).map(({ value }) => [value!.at / minute, value!.total]);

const readiness = async (world: TransformWorld): Promise<boolean | string> => {
  const service = await world.start();
  await expect.poll(() => String(service.ready())).not.toMatch(/no tasks/);
  const ready = service.ready();
  await service.stop();
  return ready;
};

test('a transform with another window is refused, and runs again when the change is taken back', async () => {
  const world = await createTransformWorld();
  await world.write(counted('10 min'));
  expect(await readiness(world)).toBe(true);

  await world.write(counted('5 min'));
  expect(await readiness(world)).toMatch(/counts holds '.*600000.*' and is now to hold '.*300000/);

  await world.write(counted('10 min'));
  expect(await readiness(world)).toBe(true);
});

test('of a raised version the state is forgotten as the file says: from here on, or from the beginning', async () => {
  const world = await createTransformWorld();
  await world.write(counted('10 min'));
  await send(world, 1, 2, 11);
  const first = await world.start();
  await expect.poll(() => counts(world)).toEqual([[0, 2]]);
  await first.stop();

  await world.write(counted('5 min'), `{ version: 2 }`);
  expect(await readiness(world)).toMatch(/Say with onChange/);

  // Minute 11 was counted in a window that is forgotten.
  await world.write(counted('5 min'), `{ version: 2, onChange: 'reset' }`);
  const second = await world.start();
  await send(world, 12, 13, 20);
  await expect
    .poll(() => counts(world))
    .toEqual([
      [0, 2],
      [10, 2],
    ]);
  await second.stop();

  await world.write(counted('2 min'), `{ version: 3, onChange: 'replay' }`);
  await world.start();
  await expect
    .poll(() => counts(world))
    .toEqual([
      [0, 2],
      [10, 2],
      [0, 1],
      [2, 1],
      [10, 1],
      [12, 2],
    ]);
});
