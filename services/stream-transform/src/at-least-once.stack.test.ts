import { startService } from '@millrace/testkit';
import { expect, test } from 'vitest';
import { createTransformWorld } from './testing/transform-world.ts';
import { readingsOf, sumsIn, sumsOf, windowSums } from './testing/window-sums.ts';

const PER_SECOND = 40;
const busy = { MILLRACE_STREAM_TRANSFORM_COMMIT_INTERVAL: '5ms' };

test('at least once: after a kill every window closes with all of its records; some may count twice', async () => {
  const world = await createTransformWorld();
  await world.write(windowSums, `{ guarantee: 'at_least_once' }`);
  const killed = await startService('stream-transform', {
    ...world.env,
    ...busy,
    MILLRACE_STREAM_TRANSFORM_SESSION_TIMEOUT: '6s',
  });
  await killed.ready();
  await world.send(readingsOf(0, 60, PER_SECOND));
  await expect.poll(async () => (await sumsIn(world)).length).toBeGreaterThan(0);
  killed.kill('SIGKILL');
  await killed.exited;
  await world.send(readingsOf(60, 82, PER_SECOND));
  await world.start({
    ...busy,
    MILLRACE_STREAM_TRANSFORM_STATE_DIR: `${world.directory}/next`,
  });
  const expected = sumsOf(8, PER_SECOND);
  const missing = async () => {
    const results = await sumsIn(world);
    return expected.filter(
      ({ name, at, total }) =>
        !results.some((one) => one.name === name && one.at === at && one.total >= total),
    );
  };
  await expect.poll(missing).toEqual([]);
});
