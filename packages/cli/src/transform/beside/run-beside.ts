/** The service as a process that runs one transform beside the live one until it has caught up, and is stopped then. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MillraceError } from '@millrace/contracts';
import { systemClock } from '@millrace/pipeline';
import { serviceNodeFlags } from '@millrace/runtime';
import { guardProcess } from '@millrace/stack/guard';

export interface BesideRun {
  readonly project: string;
  /** Of the live transform. */
  readonly transform: string;
  readonly suffix: string;
}

const LOOK_EVERY_MS = 500;

/**
 * `until` is given a function that waits a while. Rejects with `transform.beside-failed` when the process ends before `until`
 * does. Its state is in a directory of its own, which is removed.
 */
export const runBeside = async (
  { project, transform, suffix }: BesideRun,
  until: (wait: () => Promise<void>) => Promise<void>,
): Promise<void> => {
  const stateDir = await mkdtemp(join(tmpdir(), 'millrace-beside-'));
  const main = fileURLToPath(
    new URL('../../../../../services/stream-transform/src/main.ts', import.meta.url),
  );
  const child = spawn(process.execPath, [...serviceNodeFlags('stream-transform'), main], {
    env: {
      ...process.env,
      MILLRACE_PROJECT: project,
      MILLRACE_LOG_LEVEL: 'warn',
      MILLRACE_STREAM_TRANSFORM_PORT: '0',
      MILLRACE_STREAM_TRANSFORM_ADMIN_PORT: '0',
      MILLRACE_STREAM_TRANSFORM_STATE_DIR: stateDir,
      MILLRACE_STREAM_TRANSFORM_TRANSFORMS: transform,
      MILLRACE_STREAM_TRANSFORM_BESIDE: suffix,
    },
    // its warnings are the person's to read; standard output is the command's own
    stdio: ['ignore', process.stderr, process.stderr],
  });
  const guard = child.pid === undefined ? undefined : guardProcess(child.pid, 'SIGTERM');
  let isOver = false;
  const exited = new Promise<void>((resolve) => {
    const over = () => {
      isOver = true;
      resolve();
    };
    child.once('exit', over);
    child.once('error', over);
  });
  try {
    await until(async () => {
      await Promise.race([exited, systemClock.sleep(LOOK_EVERY_MS)]);
      if (!isOver) return;
      throw new MillraceError(
        'transform.beside-failed',
        `the service that ran ${transform} beside itself ended before it had caught up; its last words are above`,
      );
    });
  } finally {
    if (!isOver) child.kill('SIGTERM');
    await exited;
    guard?.release();
    await rm(stateDir, { recursive: true, force: true });
  }
};
