/**
 * The files of a frame log: how they are named, made durable and read back after a crash. What is in them and who
 * reads on is frame-log.ts.
 */
import { randomBytes } from 'node:crypto';
import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Logger } from '@millrace/pipeline';
import { scanFrames } from './scan-frames.ts';
import { decodeFrame, type SpoolFrame } from './spool-frame.ts';

export interface Segment {
  readonly path: string;
  /** No frame in it, or in a later one, has a lower sequence number. */
  readonly first: number;
  readonly salt: number;
  /** Bytes that are on the disk for sure. */
  durable: number;
  /** Bytes that have been released. */
  consumed: number;
  /** When the frames from a position on were taken, about one a second. */
  readonly marks: { readonly at: number; readonly takenMs: number }[];
}

export type OpenFile = (path: string, flags: string) => Promise<FileHandle>;

const namePattern = /^(\d{16})-([0-9a-f]{8})\.frames$/;
const MARK_MS = 1000;

/** Remembers when a frame at this position was taken, if the one before is a second older. */
export const mark = ({ marks }: Segment, at: number, takenMs: number): void => {
  const last = marks.at(-1);
  if (last === undefined || takenMs - last.takenMs >= MARK_MS) marks.push({ at, takenMs });
};

/** Makes the names in a directory as durable as what they name. */
export const syncDirectory = async (directory: string): Promise<void> => {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** An empty segment whose name is on the disk, and its handle. */
export const createSegment = async (
  directory: string,
  first: number,
  openFile: OpenFile = open,
): Promise<{ readonly segment: Segment; readonly handle: FileHandle }> => {
  const salt = randomBytes(4).readUInt32BE();
  const name = `${String(first).padStart(16, '0')}-${salt.toString(16).padStart(8, '0')}.frames`;
  const path = join(directory, name);
  const handle = await openFile(path, 'wx');
  try {
    await syncDirectory(directory);
  } catch (error) {
    await handle.close();
    await unlink(path).catch(() => undefined);
    throw error;
  }
  return { segment: { path, first, salt, durable: 0, consumed: 0, marks: [] }, handle };
};

/** Of a log whose directory was empty. */
export const firstSequence = 1;

export interface Recovered {
  readonly segments: Segment[];
  /** Above every sequence number that ever was in these files. */
  readonly nextSequence: number;
  readonly damagedRanges: number;
}

/**
 * More than the frames that a segment can hold: a frame that was cut or damaged may have been written to Kafka, and
 * its number in the position there; a new frame with the same one would be taken for it and never be sent.
 */
const SEQUENCE_LEAP = 2 ** 20;

/** Reads what a process before left, in order: cuts a torn tail, sets damage aside, shows each frame to `visit`. */
export const recoverSegments = async (
  directory: string,
  logger: Logger,
  visit: (frame: SpoolFrame) => void,
): Promise<Recovered> => {
  const names = (await readdir(directory)).filter((name) => namePattern.test(name)).sort();
  const segments: Segment[] = [];
  let last = 0;
  let damagedRanges = 0;
  for (const [index, name] of names.entries()) {
    const [, first, salt] = namePattern.exec(name)!;
    const path = join(directory, name);
    const bytes = await readFile(path);
    const segment: Segment = {
      ...{ path, first: Number(first), salt: Number.parseInt(salt!, 16) },
      ...{ durable: bytes.length, consumed: 0, marks: [] },
    };
    const scan = scanFrames(bytes, segment.salt, segment.first);
    const damaged = [...scan.damaged];
    if (scan.end < bytes.length) {
      // Only the last segment can have been in the middle of a write.
      if (index < names.length - 1) damaged.push({ from: scan.end, to: bytes.length });
      else {
        await cutTail(path, scan.end);
        segment.durable = scan.end;
        logger.warn({ path, bytes: bytes.length - scan.end }, 'spool: cut an unfinished frame');
      }
    }
    for (const range of damaged) await setAside(segment, bytes, range, logger);
    damagedRanges += damaged.length;
    for (const { start } of scan.frames) {
      const frame = decodeFrame(bytes, start);
      mark(segment, start, frame.takenMs);
      visit(frame);
    }
    last = Math.max(last, segment.first, scan.frames.at(-1)?.sequence ?? 0);
    segments.push(segment);
  }
  const nextSequence = names.length === 0 ? firstSequence : last + 1 + SEQUENCE_LEAP;
  return { segments, nextSequence, damagedRanges };
};

const cutTail = async (path: string, length: number): Promise<void> => {
  const handle = await open(path, 'r+');
  try {
    await handle.truncate(length);
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** Keeps bytes that cannot be read under `damaged/`, and calls for a person. Once, however often they are met. */
export const setAside = async (
  { path }: Segment,
  bytes: Buffer,
  { from, to }: { readonly from: number; readonly to: number },
  logger: Logger,
): Promise<void> => {
  const directory = join(path, '..', 'damaged');
  const kept = join(directory, `${basename(path)}.${from}-${to}`);
  await mkdir(directory, { recursive: true });
  try {
    await writeFile(kept, bytes.subarray(from, to), { flag: 'wx', flush: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw error;
  }
  logger.error(
    { code: 'ingest.spool-damaged', path, from, to, kept },
    'spool: bytes cannot be read and were set aside',
  );
};
