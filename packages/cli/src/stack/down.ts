/** `millrace stack down`: asks the process that holds a data directory's stack to stop, and waits until it has. */
import { resolve } from 'node:path';
import { isAlive, type ProcessIdentity, runningState } from '@millrace/stack';

/** Four parts of 15 s each at the very worst, then the process itself. */
const orderlyStopMaxMs = 75_000;

async function goneWithin(identity: ProcessIdentity, durationMs: number): Promise<boolean> {
  const deadline = Date.now() + durationMs;
  while (isAlive(identity)) {
    if (Date.now() > deadline) return false;
    await new Promise((wake) => setTimeout(wake, 50));
  }
  return true;
}

export async function stackDown(options: { dataDir: string }): Promise<void> {
  const dataDir = resolve(options.dataDir);
  const state = runningState(dataDir);
  if (state === undefined) {
    process.stdout.write(`No stack is running in ${dataDir}.\n`);
    return;
  }
  process.kill(state.pid, 'SIGTERM');
  if (!(await goneWithin(state, orderlyStopMaxMs))) {
    process.kill(state.pid, 'SIGKILL'); // its parts end with it
    await goneWithin(state, orderlyStopMaxMs);
  }
  process.stdout.write(`Stopped the stack in ${dataDir}; its data stay.\n`);
}
