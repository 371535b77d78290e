/** The service in two threads, as a process. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startService } from '@millrace/testkit';
import { expect, test } from 'vitest';
import { createTransformWorld } from '../testing/transform-world.ts';
import { readingsOf, sumsIn, sumsOf, windowSums } from '../testing/window-sums.ts';

test('two threads share the tasks, measure as one, commit when they are stopped, and are gone on from', async () => {
  const world = await createTransformWorld();
  await world.write(windowSums);
  const stateDir = join(world.directory, 'state');
  const service = await startService('stream-transform', {
    ...world.env,
    MILLRACE_STREAM_TRANSFORM_STATE_DIR: stateDir,
    MILLRACE_STREAM_TRANSFORM_THREADS: '2',
  });
  await service.ready();
  // Each is given one of the two tasks that keep state, after a while in which the first to come has both.
  const tasksOf = (thread: number) => readdir(join(stateDir, `thread-${thread}`, world.transform));
  await expect
    .poll(async () =>
      (await Promise.all([tasksOf(0), tasksOf(1)])).every(({ length }) => length > 0),
    )
    .toBe(true);
  await world.send(readingsOf(0, 32));
  await expect.poll(() => sumsIn(world)).toEqual(sumsOf(3));

  const metric = (noun: string, labels: string) =>
    service.metric(`millrace_stream_transform_${noun}{transform="${world.transform}",${labels}}`);
  for (const partition of [0, 1]) {
    await expect.poll(() => metric('lag_records', `stage="1",partition="${partition}"`)).toBe(0);
  }
  const processed = () => metric('processed_records_total', 'stage="0"');
  await expect.poll(processed).toBeGreaterThanOrEqual(64);

  expect(await service.stop()).toEqual({ code: 0, signal: null });
  const next = await world.start();
  await world.send(readingsOf(32, 52));
  await expect.poll(() => sumsIn(world)).toEqual(sumsOf(5));
  await next.stop();
});
