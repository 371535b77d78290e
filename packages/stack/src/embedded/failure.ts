/**
 * What went wrong, in one sentence with its remedy: from an error of the file system, or from how a part ended and
 * the end of its log.
 */
import { closeSync, fstatSync, openSync, readSync, statfsSync } from 'node:fs';
import { MillraceError } from '@millrace/contracts';
import type { StackPart } from '../stack.ts';
import type { Exit } from './child.ts';
import { portBusy } from './ports.ts';

const tailBytesMax = 16 * 1024;
/** Below this a server cannot even write why it fails. */
const fullBelowBytes = 4 * 1024 * 1024;

export function diskFull(directory: string, cause?: unknown): MillraceError {
  return new MillraceError(
    'stack.disk-full',
    `The disk that holds ${directory} is full: free some space, or choose another place (--data-dir, MILLRACE_CACHE_DIR).`,
    { cause },
  );
}

/** Bytes that an ordinary user may still write to the file system of a directory. */
export function freeBytes(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}

/** Throws `stack.disk-full` when less than `neededBytes` are free. */
export function requireSpace(directory: string, neededBytes: number): void {
  const free = freeBytes(directory);
  if (free >= neededBytes) return;
  const mebibytes = (bytes: number) => Math.floor(bytes / 1024 / 1024);
  throw new MillraceError(
    'stack.disk-full',
    `The disk that holds ${directory} has ${mebibytes(free)} MB free and ${mebibytes(neededBytes)} MB are needed: free some space, or choose another place (--data-dir, MILLRACE_CACHE_DIR).`,
  );
}

/** Turns an error of the file system into the sentence for it; passes every other error on. */
export function explainFileError(directory: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(directory, error);
  if (
    code === 'EACCES' ||
    code === 'EROFS' ||
    code === 'EPERM' ||
    code === 'ENOTDIR' ||
    code === 'EEXIST'
  )
    return new MillraceError(
      'stack.data-dir-unusable',
      `${directory} cannot be written (${code}): give a directory that this user may write.`,
      { cause: error },
    );
  return error;
}

/** The last bytes of a log, but none before `fromByte` (earlier runs); empty when there is none. */
export function logTail(logFile: string, fromByte: number): string {
  try {
    const fd = openSync(logFile, 'r');
    const { size } = fstatSync(fd);
    const thisRun = size >= fromByte ? size - fromByte : size; // smaller: it was rotated
    const buffer = Buffer.alloc(Math.min(thisRun, tailBytesMax));
    readSync(fd, buffer, 0, buffer.length, size - buffer.length);
    closeSync(fd);
    return buffer.toString('utf8');
  } catch {
    return '';
  }
}

/** The line of a log that most likely says why: the last that names an error, else the last. */
function tellingLine(tail: string): string {
  const lines = tail.split('\n').filter((line) => line.trim() !== '');
  const telling = lines.filter((line) => /exception|error|fatal|panic|failed/i.test(line));
  return (telling.at(-1) ?? lines.at(-1) ?? 'its log is empty').trim().slice(0, 300);
}

export interface PartEnd {
  readonly part: StackPart;
  readonly port: number;
  readonly dataDir: string;
  readonly logFile: string;
  /** How it ended; undefined when it still ran and was not ready in time. */
  readonly exit: Exit | undefined;
  readonly logTail: string;
}

/** Why a part ended or did not become ready, as the error to throw. */
export function explainPartEnd(end: PartEnd): MillraceError {
  const { part, port, dataDir, logFile, exit } = end;
  if (/no space left on device|ENOSPC|NOT_ENOUGH_SPACE/i.test(end.logTail))
    return diskFull(dataDir);
  if (freeBytes(dataDir) < fullBelowBytes) return diskFull(dataDir);
  if (/address already in use|port\(s\) already bound|EADDRINUSE/i.test(end.logTail))
    return portBusy(part, port);
  const how =
    exit === undefined
      ? 'was not ready in time'
      : `ended by itself (${exit.signal ?? `exit code ${exit.code}`})`;
  return new MillraceError(
    'stack.part-failed',
    `${part} ${how}: ${tellingLine(end.logTail)} (log: ${logFile})`,
  );
}
