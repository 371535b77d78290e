/**
 * One server as a child process: started detached (Ctrl-C in a terminal reaches only the parent, which stops
 * its children in order), guarded, its output in a log file. Knows nothing of what the server is.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, renameSync, statSync } from 'node:fs';
import { guardProcess } from './guard.ts';
import { identify, isAlive, type ProcessIdentity, processTree } from './process-identity.ts';

export interface ChildSpec {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What asks it to end in order. */
  readonly stopSignal: 'SIGTERM' | 'SIGINT';
  /** How long it may take to end in order before it is killed; 15 s when left out. */
  readonly stopGraceMs?: number;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Child {
  readonly identity: ProcessIdentity;
  /** Resolves when it has ended, never rejects. */
  readonly exited: Promise<Exit>;
  readonly running: () => boolean;
  /** Asks it to end in order; SIGKILL after its grace. */
  stop(): Promise<Exit>;
  /** SIGKILL for it and every process below it; resolves when all are gone. */
  kill(): Promise<void>;
  /** Sends a signal to it and every process below it. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
}

const defaultStopGraceMs = 15_000;
const logBytesMax = 10 * 1024 * 1024;

/** Opens a log for appending; one that has grown large is kept once, as `<log>.1`. */
function openLog(logFile: string): number {
  if (existsSync(logFile) && statSync(logFile).size > logBytesMax)
    renameSync(logFile, `${logFile}.1`);
  return openSync(logFile, 'a');
}

function send(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch {
    // it ended between the look and the signal
  }
}

async function untilGone(identities: readonly ProcessIdentity[]): Promise<void> {
  while (identities.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 10));
}

/**
 * Starts a child. Rejects with the system's error (ENOENT, EACCES, EAGAIN) when it cannot be started.
 * @param logFile where its standard output and error are appended
 */
export async function startChild(spec: ChildSpec, logFile: string): Promise<Child> {
  const log = openLog(logFile);
  const child = spawn(spec.command, spec.args, {
    cwd: spec.cwd,
    detached: true,
    env: { ...process.env, ...spec.env },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  await once(child, 'spawn');
  const { pid } = child;
  if (pid === undefined) throw new Error(`${spec.command} started without a pid`);
  const identity = identify(pid) ?? { pid, born: 'ended at once' };
  const guard = guardProcess(pid, spec.stopSignal);
  let running = true;
  void exited.then(() => {
    running = false;
    guard.release();
  });

  return {
    identity,
    exited,
    running: () => running,
    stop: async () => {
      send(identity, spec.stopSignal);
      // What was suspended can end only after it is continued, and a server waits for the processes below it.
      for (const member of processTree(pid)) send(member, 'SIGCONT');
      const killer = setTimeout(
        () => send(identity, 'SIGKILL'),
        spec.stopGraceMs ?? defaultStopGraceMs,
      );
      const exit = await exited;
      clearTimeout(killer);
      return exit;
    },
    kill: async () => {
      const tree = processTree(pid);
      for (const member of tree) send(member, 'SIGKILL');
      await untilGone(tree);
      await exited;
    },
    signal: (signal) => {
      for (const member of processTree(pid)) send(member, signal);
    },
  };
}
