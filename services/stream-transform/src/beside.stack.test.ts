/** A replay beside the live transform, which goes on: what the command says of the results, and what it leaves. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createTransformWorld } from './testing/transform-world.ts';
import { readingsOf, sumsIn, sumsOf, windowSums } from './testing/window-sums.ts';

const bin = fileURLToPath(new URL('../../../packages/cli/bin/millrace.mjs', import.meta.url));

test('a replay into side topics gives the live results, tells how those of a changed fold differ, and leaves the live ones alone', async () => {
  const world = await createTransformWorld();
  /** The service lives in the process of the test, which must go on meanwhile. */
  const replay = (...args: readonly string[]) =>
    new Promise<{ readonly err: string; readonly outputs: readonly unknown[] }>((resolve) => {
      const all = [bin, 'transform', 'replay', world.transform, '--into', 'again', '--json'];
      const env = { ...process.env, ...world.env };
      execFile(process.execPath, [...all, ...args], { env }, (_error, out, err) =>
        resolve({ err, outputs: out === '' ? [] : JSON.parse(out).outputs }),
      );
    });
  await world.write(windowSums);
  await world.start();
  await world.send(readingsOf(0, 25));
  await expect.poll(() => sumsIn(world)).toEqual(sumsOf(2));

  const side = `${world.outName}.again`;
  const same = { equal: 4, different: 0, onlyLive: 0, onlySide: 0, first: [] };
  expect(await replay()).toMatchObject({
    outputs: [{ ...same, side: { topic: side, records: 4 } }],
  });
  expect(await world.records(side)).toHaveLength(4);

  // The live one runs on with what it has loaded.
  await world.write(windowSums.replace('=> value)', '=> value + (value === 3 ? 1 : 0))'));
  const { total } = sumsOf(1)[1]!;
  const { outputs } = await replay('--drop');
  expect(outputs).toMatchObject([
    {
      ...{ equal: 3, different: 1, onlyLive: 0, onlySide: 0 },
      first: [
        { live: { name: 'odd', at: 0, total }, side: { name: 'odd', at: 0, total: total + 2 } },
      ],
    },
  ]);
  await expect(world.records(side)).rejects.toMatchObject({ code: 'kafka.unknown-topic' });
  await world.send(readingsOf(25, 32));
  await expect.poll(() => sumsIn(world)).toEqual(sumsOf(3));
});
