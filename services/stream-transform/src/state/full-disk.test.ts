import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { temporaryDirectory } from './testing/temporary-directory.ts';

const writer = new URL('./testing/confined-writer.ts', import.meta.url).pathname;

/** Files that may not grow beyond 512 KiB stand for a full disk: the system refuses the write just so. */
const confined = async (directory: string) => {
  const script = 'trap "" XFSZ; ulimit -f 1024; exec "$0" "$@"';
  const args = ['-c', script, process.execPath, writer, directory];
  const { stdout } = await promisify(execFile)('sh', args);
  return JSON.parse(stdout);
};

test('a disk that takes no more keeps its last checkpoint, and work goes on in memory', async () => {
  const found = await confined(join(temporaryDirectory(), 'state'));
  // The first checkpoints fitted; from one on, none did.
  expect(found.written[0]).toBe(true);
  expect(found.written.at(-1)).toBe(false);
  expect(found.warnings).toEqual([
    'a checkpoint of state could not be written; work goes on in memory',
  ]);
  expect(found.checkpointFailures).toBeGreaterThan(0);
  expect(found.size).toBe(24_000);
  // What was on disk was whole, and older than the state: the changelog completed it.
  expect(found.nextOffset).toBeGreaterThan(0);
  expect(found.nextOffset).toBeLessThan(24_000);
  expect(found.isSame).toBe(true);
}, 120_000);
