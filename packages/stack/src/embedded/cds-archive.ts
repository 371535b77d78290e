/**
 * An archive of a JVM's loaded classes (class data sharing, JEP 350), which halves the start of Kafka and of the
 * registry. Written by the JVM at its first orderly stop (3 to 4 s, once per machine), shared by all stacks of the user.
 * The JVM itself ignores an archive that does not fit its class path.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Exit } from './child.ts';
import { identify } from './process-identity.ts';

export interface CdsArchive {
  /** Options for the JVM: use the archive, or write it when it stops. */
  jvmOptions(): string[];
  /** True when this JVM writes the archive as it stops. */
  readonly isWriting: () => boolean;
  /**
   * To be called with how the JVM ended: keeps a whole archive, throws a broken one away, and one of a JVM that was
   * stopped before it was ready, since that holds too little.
   */
  settle(exit: Exit, wasReady: boolean): void;
}

/** Signals by which a JVM dies of its own fault; an archive that it used is then not trusted again. */
const crashes: readonly (NodeJS.Signals | null)[] = ['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGILL'];

/** Removes what JVMs of dead parents left half written. */
function removeAbandoned(folder: string): void {
  for (const file of readdirSync(folder)) {
    const owner = /\.partial-(\d+)$/.exec(file)?.[1];
    if (owner !== undefined && identify(Number(owner)) === undefined)
      rmSync(join(folder, file), { force: true });
  }
}

/**
 * @param key what the archive depends on: the runtime's build and the jars
 */
export function cdsArchive(cache: string, name: string, key: readonly string[]): CdsArchive {
  const folder = join(cache, 'cds');
  mkdirSync(folder, { recursive: true });
  removeAbandoned(folder);
  const hash = createHash('sha256').update(key.join('\n')).digest('hex').slice(0, 12);
  const archive = join(folder, `${name}-${hash}.jsa`);
  const partial = `${archive}.partial-${process.pid}`;
  let writing = false;
  return {
    isWriting: () => writing,
    jvmOptions: () => {
      writing = !existsSync(archive);
      return [writing ? `-XX:ArchiveClassesAtExit=${partial}` : `-XX:SharedArchiveFile=${archive}`];
    },
    settle: (exit, wasReady) => {
      if (crashes.includes(exit.signal)) rmSync(archive, { force: true });
      if (!existsSync(partial)) return;
      if (exit.signal === null && wasReady) renameSync(partial, archive);
      else rmSync(partial, { force: true });
    },
  };
}
