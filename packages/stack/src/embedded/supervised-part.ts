/**
 * One part while it lives: started and waited for, killed, suspended, started again on its old port and data, stopped.
 * Tells when it ends without having been asked to. Does not decide what to do then.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { MillraceError } from '@millrace/contracts';
import { type Child, type Exit, startChild } from './child.ts';
import { explainFileError, explainPartEnd, logTail } from './failure.ts';
import type { EmbeddedPart, StackFolders } from './part.ts';
import type { ProcessIdentity } from './process-identity.ts';

export interface SupervisedPart {
  readonly name: EmbeddedPart['name'];
  readonly port: number;
  readonly running: () => boolean;
  readonly stopNote: () => string | undefined;
  /** The current process, or the last one. */
  identity(): ProcessIdentity | undefined;
  /**
   * Starts it and resolves when it answers in its own protocol.
   * @throws `stack.part-failed`, `stack.port-busy`, `stack.disk-full`, `stack.data-dir-unusable`
   */
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
}

export interface SupervisedPartEvents {
  onStarted(identity: ProcessIdentity): void;
  /** It ended after it had been ready, and nobody had asked it to. */
  onUnexpectedEnd(error: MillraceError): void;
}

/** Far above any start that was measured (74 s on a machine with a load of 70). */
const readyTimeoutMs = 120_000;
const probeIntervalMs = 20;

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * @param closing aborted when the whole stack stops: a part that is still being prepared is then not started
 */
export function supervisePart(
  part: EmbeddedPart,
  folders: StackFolders,
  closing: AbortSignal,
  events: SupervisedPartEvents,
): SupervisedPart {
  const logFile = join(folders.logDir, `${part.name}.log`);
  let logStart = 0;
  let child: Child | undefined;
  let endExpected = false;

  const explain = (exit: Exit | undefined) =>
    explainPartEnd({
      part: part.name,
      port: part.port,
      dataDir: folders.dataDir,
      logFile,
      exit,
      logTail: logTail(logFile, logStart),
    });

  async function launch(): Promise<Child> {
    try {
      const spec = await part.prepare();
      closing.throwIfAborted();
      logStart = sizeOf(logFile);
      return await startChild(spec, logFile);
    } catch (error) {
      const explained = explainFileError(folders.dataDir, error);
      if (explained instanceof MillraceError || closing.aborted) throw explained;
      const reason = explained instanceof Error ? explained.message : String(explained);
      throw new MillraceError('stack.part-failed', `${part.name} could not be started: ${reason}`, {
        cause: error,
      });
    }
  }

  async function untilReady(started: Child): Promise<void> {
    const deadline = performance.now() + readyTimeoutMs;
    while (!(await part.isReady())) {
      if (!started.running()) throw explain(await started.exited);
      if (performance.now() > deadline) throw explain(undefined);
      await new Promise((resolve) => setTimeout(resolve, probeIntervalMs));
    }
    // Another server on its port would have answered in its place.
    if (!started.running()) throw explain(await started.exited);
  }

  return {
    name: part.name,
    port: part.port,
    running: () => child?.running() ?? false,
    stopNote: () => part.stopNote?.(),
    identity: () => child?.identity,
    start: async () => {
      endExpected = false;
      const started = await launch();
      child = started;
      let ready = false;
      void started.exited.then((exit) => {
        part.afterExit?.(exit, ready);
        if (ready && !endExpected) events.onUnexpectedEnd(explain(exit));
      });
      events.onStarted(started.identity);
      await untilReady(started);
      ready = true;
    },
    stop: async () => {
      endExpected = true;
      if (child?.running()) await child.stop();
    },
    kill: async () => {
      endExpected = true;
      if (child?.running()) await child.kill();
    },
    signal: (signal) => {
      if (child?.running()) child.signal(signal);
    },
  };
}
