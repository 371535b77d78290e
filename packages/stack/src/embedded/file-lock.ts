/**
 * A lock that the kernel holds: flock(2) on a file, called through ffi-rs. It is gone with the process that took it,
 * however that ended, so it cannot go stale; children do not inherit it, since Node opens files close-on-exec.
 */
import { closeSync, openSync } from 'node:fs';
import { DataType, load, open } from 'ffi-rs';

export interface FileLock {
  release(): void;
}

/** flock(2): LOCK_EX | LOCK_NB, the same on Linux and macOS. */
const exclusiveWithoutWaiting = 2 | 4;

let opened = false;

function flock(fd: number): boolean {
  if (!opened) {
    open({
      library: 'libc',
      path: process.platform === 'darwin' ? 'libSystem.dylib' : 'libc.so.6',
    });
    opened = true;
  }
  const result = load({
    library: 'libc',
    funcName: 'flock',
    retType: DataType.I32,
    paramsType: [DataType.I32, DataType.I32],
    paramsValue: [fd, exclusiveWithoutWaiting],
  });
  return result === 0;
}

/** Takes the lock, or returns undefined when another process (or another caller in this one) has it. */
export function tryLockFile(file: string): FileLock | undefined {
  const fd = openSync(file, 'a');
  if (!flock(fd)) {
    closeSync(fd);
    return undefined;
  }
  return { release: () => closeSync(fd) };
}

/** Waits for the lock; `onWait` is called once if it has to. */
export async function lockFile(file: string, onWait: () => void): Promise<FileLock> {
  for (let waited = false; ; waited = true) {
    const lock = tryLockFile(file);
    if (lock !== undefined) return lock;
    if (!waited) onWait();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
