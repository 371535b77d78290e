/**
 * Records appended to segment files, many writers by one fdatasync. A log knows nothing of batches; which segment is no
 * longer needed is said to it from outside.
 */
import { type FileHandle, mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bodyOffset, type Frame, frame, readFrames } from './record-frame.ts';

/** Where a record's body is. */
export interface Place {
  readonly segment: number;
  readonly bodyAt: number;
  readonly bodyBytes: number;
}

export interface SegmentLog<Head extends object> {
  /** What earlier processes left, oldest first. */
  readonly found: readonly (Frame<Head> & { readonly segment: number })[];
  /** Bytes in files of earlier processes that belong to no whole record. */
  readonly damagedBytes: number;
  /** Resolves when the record is on disk: synced when asked for. Rejects when it is not, and leaves nothing of it. */
  append(head: Head, body: string, synced: boolean): Promise<Place>;
  read(place: Place): Promise<string>;
  /** Deletes a segment; false when it is still written to. */
  drop(segment: number): Promise<boolean>;
  close(): Promise<void>;
}

interface Writing<Head> {
  readonly head: Head;
  readonly body: string;
  readonly synced: boolean;
  readonly resolve: (place: Place) => void;
  readonly reject: (error: unknown) => void;
}

const fileOf = (directory: string, segment: number) =>
  join(directory, `${String(segment).padStart(10, '0')}.batches`);

/** Opens the log of a directory, which is made when it is not there. */
export const openSegmentLog = async <Head extends object>(
  directory: string,
  segmentBytes: number,
): Promise<SegmentLog<Head>> => {
  await mkdir(directory, { recursive: true });
  const { found, damagedBytes, last } = await readSegments<Head>(directory);
  const waiting: Writing<Head>[] = [];
  let segment = last;
  let handle: FileHandle | undefined;
  let length = 0;
  let working: Promise<void> | undefined;

  const start = async (): Promise<FileHandle> => {
    segment += 1;
    length = 0;
    const file = await open(fileOf(directory, segment), 'wx');
    // Without this the name may be lost although the bytes were synced.
    const parent = await open(directory, 'r');
    try {
      await parent.sync();
    } catch (error) {
      await file.close();
      throw error;
    } finally {
      await parent.close();
    }
    handle = file;
    return file;
  };

  const end = async (): Promise<void> => {
    const ended = handle;
    handle = undefined;
    await ended?.close().catch(() => undefined);
  };

  /** All that wait, by one write and one sync. */
  const write = async (group: readonly Writing<Head>[]): Promise<void> => {
    const file = handle ?? (await start());
    const before = length;
    const frames = group.map(({ head, body }) => frame(head, body));
    try {
      await writeAll(file, Buffer.concat(frames), before);
      if (group.some(({ synced }) => synced)) await file.datasync();
    } catch (error) {
      // What a failed sync has left on the disk is not known: nothing more goes behind it.
      await file.truncate(before).catch(() => undefined);
      await end();
      throw error;
    }
    for (const [index, { head, resolve }] of group.entries()) {
      const bytes = frames[index]!.length;
      const offset = bodyOffset(head);
      resolve({ segment, bodyAt: length + offset, bodyBytes: bytes - offset });
      length += bytes;
    }
    if (length >= segmentBytes) await end();
  };

  const work = async (): Promise<void> => {
    while (waiting.length > 0) {
      const group = waiting.splice(0, 256);
      try {
        await write(group);
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    working = undefined;
  };

  return {
    found,
    damagedBytes,
    append: (head, body, synced) =>
      new Promise((resolve, reject) => {
        waiting.push({ head, body, synced, resolve, reject });
        working ??= work();
      }),
    read: (place) => readPlace(directory, place),
    drop: async (number) => {
      if (number === segment && handle !== undefined) return false;
      await rm(fileOf(directory, number), { force: true });
      return true;
    },
    close: async () => {
      await working;
      await end();
    },
  };
};

const writeAll = async (file: FileHandle, bytes: Buffer, position: number): Promise<void> => {
  for (let written = 0; written < bytes.length; ) {
    const left = bytes.length - written;
    written += (await file.write(bytes, written, left, position + written)).bytesWritten;
  }
};

const readPlace = async (
  directory: string,
  { segment, bodyAt, bodyBytes }: Place,
): Promise<string> => {
  const file = await open(fileOf(directory, segment), 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bodyBytes), 0, bodyBytes, bodyAt);
    if (bytesRead < bodyBytes) throw new Error(`Segment ${segment} ends before ${bodyAt}.`);
    return buffer.toString('utf8');
  } finally {
    await file.close();
  }
};

const readSegments = async <Head>(directory: string) => {
  const numbers = (await readdir(directory))
    .filter((name) => /^\d+\.batches$/.test(name))
    .map((name) => Number.parseInt(name, 10))
    .sort((a, b) => a - b);
  const found: (Frame<Head> & { readonly segment: number })[] = [];
  let damagedBytes = 0;
  for (const segment of numbers) {
    const { frames, damagedBytes: damaged } = readFrames<Head>(
      await readFile(fileOf(directory, segment)),
    );
    damagedBytes += damaged;
    for (const one of frames) found.push({ ...one, segment });
  }
  return { found, damagedBytes, last: numbers.at(-1) ?? 0 };
};
