/** Threads that end without being asked to, in ways that say nothing of themselves: the process says it, and ends. */
import { join } from 'node:path';
import { startService } from '@millrace/testkit';
import { expect, test } from 'vitest';
import { createTransformWorld } from '../testing/transform-world.ts';
import { readingsOf, sumsIn, sumsOf, windowSums } from '../testing/window-sums.ts';

/** Each once, at a record amid the others: a file says that it has been done. The second comes in the second life. */
const deaths = `const once = (name, die) => {
    try {
      fs.writeFileSync(name, '', { flag: 'wx' });
    } catch {
      return;
    }
    die();
  };
  const exhaust = () => {
    const held = [];
    for (;;) held.push(new Array(100_000).fill({}));
  };
  const dying = ({ value }) => {
    if (value === 15) once('EXITED', () => process.exit(0));
    if (value === 25) once('EXHAUSTED', exhaust);
  };
  `;

test('a thread that leaves silently and one that runs out of memory end the process with an error, and nothing is lost or doubled', async () => {
  const world = await createTransformWorld();
  const body = deaths
    .replace('EXITED', join(world.directory, 'exited'))
    .replace('EXHAUSTED', join(world.directory, 'exhausted'));
  await world.write(
    `${body}${windowSums.replace('.keyBy', '.peek(dying)\n  .keyBy')}`,
    '{}',
    world.transform,
    "import fs from 'node:fs';",
  );
  const live = () =>
    startService('stream-transform', {
      ...world.env,
      NODE_OPTIONS: '--max-old-space-size=96',
      MILLRACE_STREAM_TRANSFORM_THREADS: '2',
      MILLRACE_STREAM_TRANSFORM_SESSION_TIMEOUT: '6s',
    });
  const first = await live();
  await first.ready();
  await world.send(readingsOf(0, 22));
  expect(await first.exited).toEqual({ code: 1, signal: null });
  expect(first.lines.join('\n')).toContain('transform.thread-ended');

  const second = await live();
  await second.ready();
  await world.send(readingsOf(22, 42));
  expect(await second.exited).toEqual({ code: 1, signal: null });
  expect(second.lines.join('\n')).toContain('ERR_WORKER_OUT_OF_MEMORY');

  const third = await world.start();
  await expect.poll(() => sumsIn(world)).toEqual(sumsOf(4));
  await third.stop();
});
