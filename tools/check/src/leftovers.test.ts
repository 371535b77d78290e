import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { endLeftovers, findLeftovers, markerVariable } from './leftovers.ts';

const onLinux = process.platform === 'linux';

/** A process whose parent is gone at once and which sits in a session of its own. */
async function startOrphan(marker: string): Promise<number> {
  const grandchild = `require('node:child_process').spawn(process.execPath, ['-e',
    'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' })`;
  const program = `const child = ${grandchild}; console.log(child.pid); process.exit(0);`;
  const parent = spawn(process.execPath, ['-e', program], {
    env: { ...process.env, [markerVariable]: marker },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [[line]] = await Promise.all([once(parent.stdout, 'data'), once(parent, 'exit')]);
  return Number(String(line));
}

test.runIf(onLinux)('an orphan in its own session is found by its marker and ended', async () => {
  const marker = `leftovers-test-${process.pid}`;
  const pid = await startOrphan(marker);
  await expect.poll(() => findLeftovers(marker).map((found) => found.pid)).toEqual([pid]);

  const ended = await endLeftovers(marker, 0);

  expect(ended).toEqual([{ pid, command: expect.stringContaining('setInterval') }]);
  await expect.poll(() => findLeftovers(marker)).toEqual([]);
});

test('a marker that nobody carries finds nothing', () => {
  expect(findLeftovers('nobody')).toEqual([]);
});
