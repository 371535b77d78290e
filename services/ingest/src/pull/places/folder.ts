/**
 * Files of a folder or a glob. A file's version is a digest of its content, so that a touch or a copy is no change;
 * size and time tell when it need not be read for that.
 */
import { createHash } from 'node:crypto';
import { createReadStream, type Stats, watch } from 'node:fs';
import { glob, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { MillraceError } from '@millrace/contracts';
import type { Clock } from '@millrace/pipeline';
import type { ByteRange, Place, PlacedObject } from './place.ts';

export interface FolderOptions {
  /** A file, a folder (all files below it) or a glob; relative to `directory`. */
  readonly pattern: string;
  /** Absolute. Names of objects are relative to it. */
  readonly directory: string;
  /** A file that was written to less than this ago is left for later, ms. */
  readonly settleMs: number;
  /** The name as a person gave it. */
  readonly titleOf?: (name: string) => string;
  readonly clock: Clock;
}

/** Names that writers give to files which are not complete, or that are nobody's data. */
const isUnfinished = (path: string): boolean =>
  /(?:^\.|~$|\.(?:tmp|part|partial|crdownload|swp)$)/i.test(basename(path));

export const createFolder = (options: FolderOptions): Place => {
  const { pattern, directory, settleMs, titleOf = (name) => name, clock } = options;
  const path = isAbsolute(pattern) ? pattern : resolve(directory, pattern);

  /** The last listing left a file for later. */
  let isUnsettled = false;

  const list: Place['list'] = async function* (states, signal) {
    isUnsettled = false;
    for (const file of await filesOf(path)) {
      signal.throwIfAborted();
      const found = await stat(file).catch(() => undefined);
      if (found === undefined || !found.isFile()) continue;
      // either way: the clock of a network drive is not ours
      if (Math.abs(clock.nowMs() - found.mtimeMs) < settleMs) {
        isUnsettled = true;
        continue;
      }
      const name = relative(directory, file).split(sep).join('/');
      const known = states.get(name);
      const memo = memoOf(found);
      const version =
        known?.memo === memo ? known.version : await digestOf(file, found.size, signal);
      yield placedFile(file, { name, title: titleOf(name), version, memo, bytes: found.size });
    }
  };

  return {
    description: path,
    list,
    changed: async (signal) => {
      if (!isUnsettled) await firstEvent(rootOf(path), signal);
      await clock.sleep(settleMs, signal);
    },
  };
};

const memoOf = ({ size, mtimeMs }: Stats): string => `${size}:${mtimeMs}`;

const refused = (path: string, cause: unknown): MillraceError =>
  new MillraceError(
    'ingest.place-refused',
    `${path} cannot be read (${(cause as NodeJS.ErrnoException).code ?? cause})`,
    { cause },
  );

/** In order of their names. */
const filesOf = async (path: string): Promise<readonly string[]> => {
  if (!isGlob(path)) {
    const found = await stat(path).catch((cause: unknown) => {
      throw refused(path, cause);
    });
    if (found.isFile()) return [path];
  }
  const files: string[] = [];
  const pattern = isGlob(path) ? path : join(path, '**/*');
  for await (const file of glob(pattern)) if (!isUnfinished(file)) files.push(file);
  return files.sort();
};

const isGlob = (path: string): boolean => /[*?[\]{}]/.test(path);

/** The folder that a glob begins with, or the folder or file itself. */
const rootOf = (path: string): string => {
  if (!isGlob(path)) return path;
  const parts = path.split(sep);
  return parts.slice(0, parts.findIndex(isGlob)).join(sep) || sep;
};

const digestOf = async (path: string, bytes: number, signal: AbortSignal): Promise<string> => {
  const digest = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, signal }))
      digest.update(chunk as Buffer);
  } catch (cause) {
    throw refused(path, cause);
  }
  return `${digest.digest('hex').slice(0, 16)}-${bytes}`;
};

const placedFile = (path: string, file: Omit<PlacedObject, 'read'>): PlacedObject => {
  const assertSame = async (): Promise<void> => {
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && memoOf(found) === file.memo) return;
    throw new MillraceError('ingest.part-changed', `${file.title} changed while it was read`, {
      retryable: true,
    });
  };
  async function* read({ from, to }: ByteRange, signal: AbortSignal) {
    if (to !== undefined && to <= from) return;
    const end = to === undefined ? {} : { end: to - 1 };
    const stream = createReadStream(path, {
      start: from,
      ...end,
      highWaterMark: 256 * 1024,
      signal,
    });
    try {
      for await (const chunk of stream) yield chunk as Buffer;
    } catch (cause) {
      if (signal.aborted) throw cause;
      await assertSame();
      throw refused(path, cause);
    }
    await assertSame();
  }
  return { ...file, read };
};

/** The first word of the system that something changed; never where it does not tell, as on network drives. */
const firstEvent = (path: string, signal: AbortSignal): Promise<void> =>
  new Promise((resolved) => {
    try {
      const watcher = watch(path, { recursive: true, persistent: false, signal });
      const end = () => {
        watcher.close();
        resolved();
      };
      watcher.once('change', end);
      watcher.once('error', () => watcher.close());
    } catch {
      // the interval of the source finds it
    }
  });
