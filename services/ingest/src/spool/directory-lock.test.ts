import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lockDirectory } from './directory-lock.ts';

test('a directory belongs to one process until that one ends, also by kill -9', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-lock-'));
  const module = new URL('directory-lock.ts', import.meta.url).href;
  const code = `import { lockDirectory } from ${JSON.stringify(module)};
    lockDirectory(${JSON.stringify(directory)}); console.log('held'); setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', code]);
  try {
    await once(holder.stdout, 'data');
    expect(() => lockDirectory(directory, 0)).toThrow(/held by another process/);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    lockDirectory(directory, 0).release();
    lockDirectory(directory, 0).release();
  } finally {
    holder.kill('SIGKILL');
    await rm(directory, { recursive: true });
  }
});
