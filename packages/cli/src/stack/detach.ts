/** `millrace stack up --detach`: the same command in a process of its own, waited for until it is ready. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MillraceError } from '@millrace/contracts';
import { explainFileError, runningState, type StackState } from '@millrace/stack';
import { endpointTable } from './stack-text.ts';
import type { UpOptions } from './up-options.ts';

const pollIntervalMs = 50;

function readyState(dataDir: string, pid: number | undefined): StackState | undefined {
  const state = runningState(dataDir);
  return state?.ready && state.pid === pid ? state : undefined;
}

function openLog(dataDir: string, logFile: string): number {
  try {
    mkdirSync(dirname(logFile), { recursive: true });
    return openSync(logFile, 'w');
  } catch (error) {
    throw explainFileError(dataDir, error);
  }
}

export async function detach(options: UpOptions): Promise<void> {
  if (options.backend !== 'embedded')
    throw new MillraceError('config.invalid', '--detach is for --backend embedded.');
  const dataDir = resolve(options.dataDir);
  const logFile = join(dataDir, 'log', 'stack.log');
  const log = openLog(dataDir, logFile);
  const main = fileURLToPath(new URL('../main.ts', import.meta.url));
  const args = process.argv.slice(2).filter((arg) => arg !== '--detach' && arg !== '--json');
  const child = spawn(process.execPath, [main, ...args], {
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  let ended = false;
  void once(child, 'exit').then(() => {
    ended = true;
  });
  let state = readyState(dataDir, child.pid);
  for (; state === undefined; state = readyState(dataDir, child.pid)) {
    if (ended) {
      const reason = readFileSync(logFile, 'utf8').trim().split('\n').at(-1) ?? '';
      throw new MillraceError('stack.part-failed', reason.replace(/^millrace: /, ''));
    }
    await new Promise((wake) => setTimeout(wake, pollIntervalMs));
  }
  child.unref();
  const { endpoints, pid } = state;
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ ...endpoints, dataDir, pid })}\n`
      : `${endpointTable(endpoints, dataDir)}\nRunning as process ${pid}; millrace stack down stops it.\n`,
  );
}
