/** A service as a process that ends by itself, watched and ended with this one. What it does is in its settings. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@millrace/pipeline';
import { serviceNodeFlags } from '@millrace/runtime';
import { guardProcess } from '@millrace/stack/guard';

const WATCH_EVERY_MS = 500;

/**
 * Resolves with its exit code, null when a signal ended it or it could not be started.
 * @param env beside the variables of this process
 * @param watch called every half a second, and once more when it has ended
 * @param signal has it end in order
 */
export const runBounded = async (
  service: 'sink' | 'stream-transform',
  env: Readonly<Record<string, string>>,
  watch: () => Promise<void>,
  signal?: AbortSignal,
): Promise<number | null> => {
  const main = new URL(`../../../../services/${service}/src/main.ts`, import.meta.url);
  const child = spawn(process.execPath, [...serviceNodeFlags(service), fileURLToPath(main)], {
    env: { ...process.env, ...env },
    // its warnings are the person's to read; standard output is the command's own
    stdio: ['ignore', process.stderr, process.stderr],
  });
  const guard = child.pid === undefined ? undefined : guardProcess(child.pid, 'SIGTERM');
  const stop = () => child.kill('SIGTERM');
  signal?.addEventListener('abort', stop, { once: true });
  let code: number | null | undefined;
  const exited = new Promise<void>((resolve) => {
    child.once('exit', (exitCode) => {
      code = exitCode;
      resolve();
    });
    child.once('error', () => {
      code = null;
      resolve();
    });
  });
  while (code === undefined) {
    await Promise.race([exited, systemClock.sleep(WATCH_EVERY_MS)]);
    await watch();
  }
  signal?.removeEventListener('abort', stop);
  guard?.release();
  return code;
};
