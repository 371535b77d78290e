/** Instances that come, go and die while records pass: every window closes once, with every record in it. */
import { startService } from '@millrace/testkit';
import { expect, test } from 'vitest';
import { createTransformWorld } from './testing/transform-world.ts';
import { readingsOf, sumsIn, sumsOf, windowSums } from './testing/window-sums.ts';

const PER_SECOND = 40;
/** Small transactions, so that tasks are always in the middle of something. */
const busy = { MILLRACE_STREAM_TRANSFORM_COMMIT_INTERVAL: '5ms' };
const instance = (directory: string) => ({
  ...busy,
  MILLRACE_STREAM_TRANSFORM_STATE_DIR: directory,
});

test('an instance that joins amid the work and one that leaves amid it take nothing away and double nothing', async () => {
  const world = await createTransformWorld();
  await world.write(windowSums);
  const first = await world.start(instance(`${world.directory}/first`));
  await world.send(readingsOf(0, 30, PER_SECOND));
  const second = await world.start(instance(`${world.directory}/second`));
  await world.send(readingsOf(30, 60, PER_SECOND));
  await expect.poll(() => second.ready()).toBe(true);
  await world.send(readingsOf(60, 90, PER_SECOND));
  await first.stop();
  await world.send(readingsOf(90, 112, PER_SECOND));
  await expect.poll(() => sumsIn(world)).toEqual(sumsOf(11, PER_SECOND));
});

/** Longer than any test: whoever has it is replaced by those that watch it, or not at all. */
const LONG_SESSION = '30m';

test('an instance killed with SIGKILL amid its transactions is gone on from by another, exactly where it had committed and without waiting for its session', async () => {
  const world = await createTransformWorld();
  await world.write(windowSums);
  const killed = await startService('stream-transform', {
    ...world.env,
    ...instance(`${world.directory}/killed`),
    MILLRACE_STREAM_TRANSFORM_SESSION_TIMEOUT: LONG_SESSION,
  });
  await killed.ready();
  const next = await world.start(instance(`${world.directory}/next`));
  await expect.poll(() => next.ready()).toBe(true);
  await world.send(readingsOf(0, 60, PER_SECOND));
  await expect.poll(async () => (await sumsIn(world)).length).toBeGreaterThan(0);
  killed.kill('SIGKILL');
  await killed.exited;
  await world.send(readingsOf(60, 82, PER_SECOND));
  await expect.poll(() => sumsIn(world)).toEqual(sumsOf(8, PER_SECOND));
});
