import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { lockFile, tryLockFile } from './file-lock.ts';

// The tests start processes, and a busy machine starts them slowly.
vi.setConfig({ testTimeout: 60_000 });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'file-lock-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a lock is held by one at a time and can be taken again after its release', () => {
  const file = join(folder, 'lock');
  const first = tryLockFile(file);
  expect(first).toBeDefined();
  expect(tryLockFile(file)).toBeUndefined();
  first?.release();
  const second = tryLockFile(file);
  expect(second).toBeDefined();
  second?.release();
});

test('a lock is free as soon as its holder is killed, with no stale file to remove', async () => {
  const file = join(folder, 'lock');
  const module = JSON.stringify(new URL('./file-lock.ts', import.meta.url).href);
  const program = `import { tryLockFile } from ${module};
    tryLockFile(${JSON.stringify(file)}); console.log('held'); setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  expect(tryLockFile(file)).toBeUndefined();
  let waited = false;
  const taken = lockFile(file, () => {
    waited = true;
  });
  holder.kill('SIGKILL');
  (await taken).release();
  expect(waited).toBe(true);
});
