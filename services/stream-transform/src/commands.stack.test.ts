import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createTransformWorld, type TransformWorld } from './testing/transform-world.ts';
import { readingsOf, sumsIn, sumsOf, windowSums } from './testing/window-sums.ts';

/** What a person sees of a transform and does with it, beside the service. */
const bin = fileURLToPath(new URL('../../../packages/cli/bin/millrace.mjs', import.meta.url));

/** The service lives in the process of the test, which must go on meanwhile. */
const millrace = (world: TransformWorld, ...args: readonly string[]) =>
  new Promise<{ readonly code: number; readonly out: string; readonly err: string }>((resolve) => {
    const env = { ...process.env, ...world.env };
    execFile(process.execPath, [bin, 'transform', ...args], { env }, (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), out, err }),
    );
  });

test('status tells a transform that runs from one that is stopped, and a replay, refused while it runs, tells every result again, or those from a moment on', async () => {
  const world = await createTransformWorld();
  await world.write(windowSums);
  const first = await world.start();
  await world.send(readingsOf(0, 25));
  await expect.poll(() => sumsIn(world)).toEqual(sumsOf(2));

  const status = async () => JSON.parse((await millrace(world, 'status', '--json')).out)[0];
  await expect.poll(async () => (await status()).state).toBe('running');
  // what has been written is committed a little later, each partition by itself
  await expect
    .poll(async () => (await status()).partitions[0])
    // The last reading of both is of second 24, and may be out of order by one.
    .toMatchObject({ committed: 25, end: 25, watermarkMs: 23_000 });
  const seen = await status();
  expect(seen.members).toMatchObject([{ clientId: 'millrace-stream-transform' }]);
  expect(seen.partitions.map(({ stage }: { stage: number }) => stage)).toEqual([0, 0, 1, 1]);

  const refused = await millrace(world, 'replay', world.transform, '--yes');
  expect(refused.code).toBe(1);
  expect(refused.err).toContain('millrace-stream-transform at 127.0.0.1');
  await first.stop();
  expect((await status()).state).toBe('stopped');

  const asked = await millrace(world, 'replay', world.transform);
  expect(asked).toMatchObject({ code: 1, out: expect.stringContaining('say --yes') });
  const done = await millrace(world, 'replay', world.transform, '--yes', '--json');
  expect(JSON.parse(done.out)).toMatchObject({ done: true, offsets: 'forget' });
  expect(JSON.parse(done.out).topics).toHaveLength(2);
  expect((await status()).concerns).toEqual([expect.stringContaining('50 records wait')]);

  const second = await world.start();
  await expect.poll(() => sumsIn(world)).toHaveLength(sumsOf(2).length * 2);
  await second.stop();

  // The records of the test carry their event time: from second 10 on the second window alone is told again.
  const since = new Date(10_000).toISOString();
  await millrace(world, 'replay', world.transform, '--from', since, '--yes');
  await world.start();
  await expect.poll(() => sumsIn(world)).toHaveLength(sumsOf(2).length * 2 + 2);
  expect((await sumsIn(world)).slice(-3)).toEqual(Array(3).fill(sumsOf(2).at(-1)));
});
