/**
 * What a running stack says of itself in `<dataDir>/state.json`: where its parts answer and which processes they are.
 * Written whole or not at all; the truth about who runs is the processes themselves, so readers check them.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, type ProcessIdentity } from './embedded/process-identity.ts';
import type { StackEndpoints, StackPart } from './stack.ts';

export interface PartState extends ProcessIdentity {
  readonly port: number;
  /** Milliseconds from the start of the stack; undefined while it is not ready. */
  readonly readyAtMs?: number;
}

export interface StackState extends ProcessIdentity {
  readonly dataDir: string;
  readonly startedAt: string;
  readonly ready: boolean;
  readonly endpoints: StackEndpoints;
  readonly parts: Readonly<Partial<Record<StackPart, PartState>>>;
}

const stateFile = (dataDir: string) => join(dataDir, 'state.json');

export function writeState(state: StackState): void {
  const file = stateFile(state.dataDir);
  writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

export function removeState(dataDir: string): void {
  rmSync(stateFile(dataDir), { force: true });
}

/** The last state written, whether or not its processes still run; undefined when there is none. */
export function readState(dataDir: string): StackState | undefined {
  try {
    return JSON.parse(readFileSync(stateFile(dataDir), 'utf8')) as StackState;
  } catch {
    return undefined;
  }
}

/** The stack that runs in a data directory, or undefined. */
export function runningState(dataDir: string): StackState | undefined {
  const state = readState(dataDir);
  return state !== undefined && isAlive(state) ? state : undefined;
}
