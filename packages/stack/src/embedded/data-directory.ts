/**
 * The data directory of one embedded stack: taken by one stack at a time, cleared of what a killed parent left behind,
 * and removed at the end when it was a temporary one.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { MillraceError } from '@millrace/contracts';
import { readState, removeState, runningState } from '../stack-state.ts';
import { explainFileError, requireSpace } from './failure.ts';
import { type FileLock, tryLockFile } from './file-lock.ts';
import type { StackFolders } from './part.ts';
import { isAlive, type ProcessIdentity } from './process-identity.ts';

export interface DataDirectory extends StackFolders {
  /** True when no stack has been started in it before. */
  readonly isNew: boolean;
  /** Gives the directory free; removes it when it is temporary. */
  release(): void;
}

const temporaryPrefix = 'millrace-stack-';
/** A new cluster of PostgreSQL is 40 MB, its first WAL segments and Kafka's indexes come on top. */
const neededBytes = 200 * 1024 * 1024;
/** How long the guards of a killed parent may need to end its children. */
const leftoverGraceMs = 20_000;

const lockPath = (directory: string) => join(directory, 'lock');

/** Waits until the children of a parent that was killed are gone; ends what its guards did not. */
async function endLeftovers(directory: string): Promise<void> {
  const leftovers: ProcessIdentity[] = Object.values(readState(directory)?.parts ?? {});
  const deadline = Date.now() + leftoverGraceMs;
  while (leftovers.some(isAlive)) {
    if (Date.now() > deadline)
      for (const leftover of leftovers.filter(isAlive)) process.kill(leftover.pid, 'SIGKILL');
    await new Promise((wake) => setTimeout(wake, 50));
  }
  removeState(directory);
}

/** Removes temporary directories whose stack was killed. Those in use are locked; others' cannot be removed. */
async function removeAbandoned(): Promise<void> {
  const names = readdirSync(tmpdir()).filter((name) => name.startsWith(temporaryPrefix));
  for (const directory of names.map((name) => join(tmpdir(), name))) {
    const state = readState(directory);
    if (state === undefined || isAlive(state) || Object.values(state.parts).some(isAlive)) continue;
    let lock: FileLock | undefined;
    try {
      lock = tryLockFile(lockPath(directory));
      if (lock !== undefined) rmSync(directory, { recursive: true, force: true });
    } catch {
      // another user's
    } finally {
      lock?.release();
    }
  }
}

/**
 * Takes the directory.
 * @param given kept between runs; undefined makes a temporary one
 * @throws `stack.data-dir-in-use`, `stack.data-dir-unusable`, `stack.disk-full`
 */
export async function takeDataDirectory(given: string | undefined): Promise<DataDirectory> {
  if (given === undefined) await removeAbandoned();
  const dataDir = resolve(given ?? mkdtempSync(join(tmpdir(), temporaryPrefix)));
  let lock: FileLock | undefined;
  try {
    mkdirSync(dataDir, { recursive: true });
    lock = tryLockFile(lockPath(dataDir));
    if (lock === undefined) {
      const owner = runningState(dataDir);
      const who = owner === undefined ? 'another stack' : `the stack of process ${owner.pid}`;
      throw new MillraceError(
        'stack.data-dir-in-use',
        `${dataDir} is in use by ${who}: use that one, stop it (millrace stack down), or give another --data-dir.`,
      );
    }
    await endLeftovers(dataDir);
    requireSpace(dataDir, neededBytes);
    const isNew = !existsSync(join(dataDir, 'postgres'));
    const folders = { confDir: join(dataDir, 'conf'), logDir: join(dataDir, 'log') };
    for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
    const held = lock;
    return {
      dataDir,
      isNew,
      ...folders,
      release: () => {
        removeState(dataDir);
        if (given === undefined) rmSync(dataDir, { recursive: true, force: true });
        held.release();
      },
    };
  } catch (error) {
    lock?.release();
    if (given === undefined) rmSync(dataDir, { recursive: true, force: true });
    throw explainFileError(dataDir, error);
  }
}
