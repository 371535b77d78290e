/**
 * The spool of one stream on the disk: frames are appended, read back in order by one reader, and released. It knows
 * nothing of Kafka. One fdatasync serves all appends that wait for it; a frame counts when it has returned.
 */
import { mkdir, open, readFile, unlink } from 'node:fs/promises';
import { MillraceError } from '@millrace/contracts';
import type { Logger } from '@millrace/pipeline';
import { scanFrames } from './scan-frames.ts';
import {
  createSegment,
  firstSequence,
  mark,
  type OpenFile,
  recoverSegments,
  type Segment,
  setAside,
} from './segments.ts';
import { decodeFrame, encodeFrame, frameBytes, type SpoolFrame } from './spool-frame.ts';

export type NewFrame = Omit<SpoolFrame, 'sequence'>;

/** Frames that stand one after the other, and where they end. */
export interface FrameChunk {
  readonly frames: readonly SpoolFrame[];
  readonly segment: Segment;
  readonly end: number;
}

export interface FrameLog {
  /** A process before has left files: sequence numbers go on. Else they start anew. */
  readonly continued: boolean;
  /**
   * `durable` resolves when the frame is on the disk; it rejects with `ingest.spool-full` or `ingest.spool-failed`,
   * and the frame is then not there. Frames keep the order of these calls.
   */
  append(frame: NewFrame): { readonly sequence: number; readonly durable: Promise<void> };
  /** The oldest durable frames that are not released, a segment's at most; undefined when there are none. */
  next(): Promise<FrameChunk | undefined>;
  /** The frames of the chunk, and all before, are done with: their space is given back. */
  release(chunk: FrameChunk): Promise<void>;
  /** Resolves when nothing waits for the disk. */
  flushed(): Promise<void>;
  /** Nothing waits for the disk, and all that is on it has been released. */
  isEmpty(): boolean;
  /** On the disk or on the way to it, and not released. */
  bytes(): number;
  /** When the oldest frame was taken, ms since 1970, to a second; undefined when there is none. */
  oldestMs(): number | undefined;
  close(): Promise<void>;
}

export interface FrameLogOptions {
  readonly directory: string;
  readonly logger: Logger;
  /** Shown the frames that a process before left, in order. */
  readonly visit?: (frame: SpoolFrame) => void;
  readonly segmentBytes?: number;
  /** Tests let the disk fail. */
  readonly openFile?: OpenFile;
}

const SEGMENT_BYTES = 4 * 1024 * 1024;
const GROUP_BYTES = 1024 * 1024;

interface Waiting {
  readonly frame: SpoolFrame;
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const diskFull = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

const diskError = (cause: unknown): MillraceError =>
  new MillraceError(
    diskFull.has(String((cause as NodeJS.ErrnoException).code))
      ? 'ingest.spool-full'
      : 'ingest.spool-failed',
    'the spool could not be written',
    { retryable: true, cause },
  );

/** Opens the log of a directory, which is made if need be. Rejects when it cannot be read. */
export const openFrameLog = async (options: FrameLogOptions): Promise<FrameLog> => {
  const { directory, logger, visit = () => undefined, openFile = open } = options;
  const segmentBytes = options.segmentBytes ?? SEGMENT_BYTES;
  await mkdir(directory, { recursive: true });
  const { segments, nextSequence } = await recoverSegments(directory, logger, visit);
  let sequence = nextSequence;
  let active = await createSegment(directory, sequence, openFile);
  segments.push(active.segment);
  /** The active segment may hold bytes of a write that failed: nothing is appended to it. */
  let spoilt = false;
  const queue: Waiting[] = [];
  let queuedBytes = 0;
  let tail: Promise<void> = Promise.resolve();

  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const turn = tail.then(work);
    tail = turn.catch(() => undefined);
    return turn;
  };

  /** `first`: of the frames that are not written yet. */
  const roll = async (first: number) => {
    const before = active.handle;
    active = await createSegment(directory, first, openFile);
    segments.push(active.segment);
    spoilt = false;
    await before.close();
  };

  const write = async (bytes: Buffer) => {
    const { handle, segment } = active;
    try {
      for (let written = 0; written < bytes.length; ) {
        const at = segment.durable + written;
        written += (await handle.write(bytes, written, bytes.length - written, at)).bytesWritten;
      }
      await handle.datasync();
    } catch (error) {
      // After a failed sync the kernel forgets what was not written: only a new file is to be trusted. What can
      // be cut is cut; where that fails, too, the frames may come back after a restart, as repeats of their ids.
      spoilt = true;
      await handle.truncate(segment.durable).catch(() => undefined);
      throw error;
    }
  };

  const takeGroup = (): Waiting[] => {
    let bytes = 0;
    let count = 0;
    while (count < queue.length && (count === 0 || bytes + queue[count]!.bytes <= GROUP_BYTES)) {
      bytes += queue[count]!.bytes;
      count += 1;
    }
    return queue.splice(0, count);
  };

  const flush = async () => {
    while (queue.length > 0) {
      const group = takeGroup();
      try {
        if (spoilt || active.segment.durable >= segmentBytes) await roll(group[0]!.frame.sequence);
        const { segment } = active;
        const bytes = Buffer.concat(group.map(({ frame }) => encodeFrame(frame, segment.salt)));
        await write(bytes);
        mark(segment, segment.durable, group[0]!.frame.takenMs);
        segment.durable += bytes.length;
        for (const { resolve } of group) resolve();
      } catch (error) {
        const refusal = diskError(error);
        for (const { reject } of group) reject(refusal);
      }
      for (const { bytes } of group) queuedBytes -= bytes;
    }
  };

  const heldBytes = () =>
    segments.reduce((sum, { durable, consumed }) => sum + durable - consumed, queuedBytes);

  const drop = async () => {
    while (segments.length > 1 && segments[0]!.consumed >= segments[0]!.durable)
      await unlink(segments.shift()!.path);
  };

  await drop();

  return {
    continued: segments.length > 1 || nextSequence > firstSequence,
    append: (frame) => {
      const taken = { ...frame, sequence: sequence++ };
      const bytes = frameBytes(frame.records);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      queue.push({ frame: taken, bytes, resolve, reject });
      queuedBytes += bytes;
      if (queue.length === 1) void inTurn(flush);
      return { sequence: taken.sequence, durable: promise };
    },
    next: async () => {
      const segment = segments.find(({ durable, consumed }) => consumed < durable);
      if (segment === undefined) return undefined;
      const { path, durable, consumed, salt, first } = segment;
      const bytes = (await readFile(path)).subarray(consumed, durable);
      const { frames, damaged, end } = scanFrames(bytes, salt, first);
      for (const { from, to } of [...damaged, { from: end, to: bytes.length }])
        if (from < to)
          await setAside(segment, bytes, { from: from + consumed, to: to + consumed }, logger);
      return {
        frames: frames.map(({ start }) => decodeFrame(bytes, start)),
        segment,
        end: durable,
      };
    },
    release: async ({ segment, end }) => {
      segment.consumed = end;
      await drop();
      // The last file stays, empty, for its name: the next sequence number stands in it.
      await inTurn(async () => {
        if (heldBytes() > 0 || active.segment.durable === 0) return;
        await roll(sequence);
        await drop();
      });
    },
    flushed: () => tail,
    isEmpty: () => heldBytes() === 0,
    bytes: heldBytes,
    oldestMs: () => {
      const segment = segments.find(({ durable, consumed }) => consumed < durable);
      return (
        segment?.marks.findLast(({ at }) => at <= segment.consumed)?.takenMs ??
        queue[0]?.frame.takenMs
      );
    },
    close: async () => {
      await inTurn(() => active.handle.close());
    },
  };
};
