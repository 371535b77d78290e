/** `millrace stack status`: what runs in a data directory, by its state file and by the processes themselves. */
import { resolve } from 'node:path';
import {
  isAlive,
  type PartState,
  residentBytes,
  runningState,
  type StackPart,
} from '@millrace/stack';
import { endpointTable, type PartStatus, partTable } from './stack-text.ts';

function statusOf(part: StackPart, state: PartState): PartStatus {
  const { pid, port } = state;
  if (!isAlive(state)) return { part, state: 'ended', pid, port };
  const bytes = residentBytes(pid);
  return {
    part,
    state: state.readyAtMs === undefined ? 'starting' : 'ready',
    pid,
    port,
    ...(bytes === undefined ? {} : { residentBytes: bytes }),
  };
}

export async function showStatus(options: { dataDir: string; json?: boolean }): Promise<void> {
  const dataDir = resolve(options.dataDir);
  const state = runningState(dataDir);
  if (state === undefined) {
    process.stdout.write(
      options.json
        ? `${JSON.stringify({ running: false, dataDir })}\n`
        : `No stack is running in ${dataDir}.\n`,
    );
    process.exitCode = 1;
    return;
  }
  const parts = Object.entries(state.parts).map(([part, partState]) =>
    statusOf(part as StackPart, partState),
  );
  const { pid, ready, startedAt, endpoints } = state;
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ running: true, ready, pid, dataDir, startedAt, ...endpoints, parts })}\n`
      : `${endpointTable(endpoints, dataDir)}\n\n${partTable(parts)}\n`,
  );
}
