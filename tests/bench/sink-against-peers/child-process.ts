/** A contestant's process: started with settings of its own, ended with the bench. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { guardProcess } from '@millrace/stack';
import type { Running } from './contestant.ts';

const STOP_PATIENCE_MS = 10_000;

export const startChildProcess = async (
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Running> => {
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  const guard = guardProcess(pid, 'SIGTERM');
  const exited = once(child, 'exit').then(() => guard.release());
  return {
    pid,
    stop: async () => {
      child.kill('SIGTERM');
      const killing = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE_MS);
      await exited;
      clearTimeout(killing);
    },
  };
};
