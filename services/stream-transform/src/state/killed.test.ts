import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openTaskState } from './open-task-state.ts';
import { counterSpecs, restoreFromFile, showCounters } from './testing/counters.ts';
import { temporaryDirectory } from './testing/temporary-directory.ts';

const writer = new URL('./testing/state-writer.ts', import.meta.url).pathname;

/** Runs the writer until it has written some checkpoints, and kills it in the middle of the next ones. */
const writeUntilKilled = async (directory: string, changelog: string): Promise<void> => {
  const child = spawn(process.execPath, [writer, directory, changelog, '1'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
};

test('a process killed while it writes checkpoints leaves one that the changelog completes', async () => {
  const directory = temporaryDirectory();
  const changelog = join(directory, 'changelog');
  await writeUntilKilled(join(directory, 'state'), changelog);

  const found = await openTaskState({ directory: join(directory, 'state'), ...counterSpecs });
  expect(found.origin.kind).toBe('checkpoint');
  expect(found.nextOffset('counts')).toBeGreaterThan(0);
  restoreFromFile(found, changelog);
  await found.promote();

  const rebuilt = await openTaskState({ directory: join(directory, 'rebuilt'), ...counterSpecs });
  restoreFromFile(rebuilt, changelog);
  await rebuilt.promote();
  expect(showCounters(found)).toEqual(showCounters(rebuilt));
  await Promise.all([found.close(), rebuilt.close()]);
}, 120_000);
