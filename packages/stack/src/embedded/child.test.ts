import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startChild } from './child.ts';
import { identify, isAlive, processTree } from './process-identity.ts';

// The tests start processes, and a busy machine starts them slowly.
vi.setConfig({ testTimeout: 60_000 });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'child-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A shell with a process below it; it ends in order on SIGTERM. */
const shell = (script: string) =>
  startChild(
    { command: '/bin/sh', args: ['-c', script], stopSignal: 'SIGTERM' },
    join(folder, 'log'),
  );

test('a program that is not there is an error, not a crash', async () => {
  const spec = { command: '/nonexistent', args: [], stopSignal: 'SIGTERM' } as const;
  await expect(startChild(spec, join(folder, 'log'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a child writes to its log and tells how it ended', async () => {
  const child = await shell('echo hello; echo trouble >&2; exit 3');
  expect(await child.exited).toEqual({ code: 3, signal: null });
  expect(child.running()).toBe(false);
  expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('hello\ntrouble\n');
});

test('a suspended child still stops in order', async () => {
  const child = await shell('trap "exit 7" TERM; echo up; while :; do sleep 0.05; done');
  await expect.poll(() => readFileSync(join(folder, 'log'), 'utf8')).toBe('up\n');
  child.signal('SIGSTOP');
  expect((await child.stop()).code).toBe(7);
});

test('killing a child ends the processes below it too, whatever their group', async () => {
  const child = await shell('setsid sleep 60 & wait');
  await expect.poll(() => processTree(child.identity.pid).length).toBe(2);
  const tree = processTree(child.identity.pid);
  await child.kill();
  expect(tree.filter(isAlive)).toEqual([]);
});

test('a child that ignores its stop signal is killed after its grace', async () => {
  const child = await startChild(
    {
      command: '/bin/sh',
      args: ['-c', 'trap "" TERM; echo deaf; while :; do sleep 0.05; done'],
      stopSignal: 'SIGTERM',
      stopGraceMs: 200,
    },
    join(folder, 'log'),
  );
  await expect.poll(() => readFileSync(join(folder, 'log'), 'utf8')).toBe('deaf\n');
  expect((await child.stop()).signal).toBe('SIGKILL');
});

test.each(['the parent alone', 'the whole process group of the parent'])(
  'a child ends when %s is killed with SIGKILL',
  async (what) => {
    const module = JSON.stringify(new URL('./child.ts', import.meta.url).href);
    const log = JSON.stringify(join(folder, 'log'));
    const program = `import { startChild } from ${module};
      const spec = { command: 'sleep', args: ['60'], stopSignal: 'SIGTERM' };
      const child = await startChild(spec, ${log});
      console.log(child.identity.pid);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(parent.stdout, 'data');
    const child = identify(Number(String(line)));
    if (child === undefined || parent.pid === undefined) throw new Error('nothing was started');
    process.kill(what === 'the parent alone' ? parent.pid : -parent.pid, 'SIGKILL');
    await expect.poll(() => isAlive(child)).toBe(false);
  },
);
