/**
 * The processes of a cluster: each with a log of its own in the cluster's folder, and ended with the cluster or with this process. What runs in
 * them is told by control-plane.ts and node/.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { guardProcess } from '@millrace/stack';

export interface Processes {
  /** @param name of its log */
  start(name: string, file: string, args: readonly string[]): ChildProcess;
  /** The ends of the logs of those that have ended; empty while all run. */
  logsOfEnded(): string;
  /** Has this one end. */
  end(name: string): void;
  /** Ends them, the last first, each before the next. */
  stop(): Promise<void>;
  /** Ends them at once, as if the power had gone. */
  kill(): Promise<void>;
}

const ended = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once('exit', () => resolve()));

/** @param prefix what each command line begins with, e.g. nsenter and a network */
export const createProcesses = (directory: string, prefix: readonly string[] = []): Processes => {
  const running: { readonly name: string; readonly child: ChildProcess }[] = [];
  return {
    start: (name, file, args) => {
      const log = openSync(join(directory, `${name}.log`), 'a');
      const [command = file, ...rest] = [...prefix, file, ...args];
      const child = spawn(command, rest, { cwd: directory, stdio: ['ignore', log, log] });
      running.push({ name, child });
      // Ended with this process, however it ends.
      if (child.pid !== undefined) child.once('exit', guardProcess(child.pid, 'SIGTERM').release);
      return child;
    },
    logsOfEnded: () =>
      running
        .filter(({ child }) => child.exitCode !== null)
        .map(({ name }) => readFileSync(join(directory, `${name}.log`), 'utf8').slice(-2000))
        .join('\n'),
    end: (name) => {
      running.find((one) => one.name === name)?.child.kill('SIGTERM');
    },
    kill: async () => {
      for (const { child } of running) child.kill('SIGKILL');
      await Promise.all(running.map(({ child }) => ended(child)));
    },
    stop: async () => {
      for (const { child } of running.toReversed()) {
        child.kill('SIGTERM');
        await ended(child);
      }
    },
  };
};
