import type { RecordHeaders, WrittenRecords } from '../records.ts';
import { BATCH_HEADER_BYTES, writeBatchHeader } from './record-batch-encoder.ts';
import { headersBytes, writeHeaders } from './record-headers.ts';
import { varintBytes, writeVarint } from './varint.ts';

/**
 * Writes records of one partition as they will be sent, one after the other: values are written where they stay,
 * and there is no object a record. For who sends hundreds of thousands a second.
 *
 * A record is begun, its value written into `buffer` from where `begin` says, and ended.
 */
export interface RecordWriter {
  /** Where values are written. `begin` and `grow` may put another in its place. */
  readonly buffer: Buffer;
  /**
   * Begins a record, in place of one that was begun and not ended; answers where its value is to begin.
   *
   * @param key the first `keyBytes` of it; null for none
   * @param timestampMs milliseconds since 1970 UTC, not negative
   */
  begin(key: Uint8Array | null, keyBytes: number, timestampMs: number): number;
  /** Twice the room, in another buffer that has the same content: a value goes on where it began. */
  grow(): void;
  /** Ends the record; its value stands up to `end`, -1 for none. Answers with the bytes that it takes. */
  end(end: number, headers?: RecordHeaders): number;
  /** Takes back the last record; answers with the bytes that it took. */
  undo(): number;
  /** Records since the last `take`. */
  readonly length: number;
  /** Hands over what is written, and begins anew. */
  take(): WrittenRecords;
}

/** A batch is closed past this size, well below what brokers take (1,048,588). */
const BATCH_BYTES = 512 * 1024;
const FIRST_BYTES = 2 * 1024;
/** Record length and value length are guessed to take so much, which is so from 64 to 8,191 bytes. */
const GUESSED_BYTES = 2;
/** Lengths, deltas and attributes of a record, at most. */
const FRAME_BYTES_MAX = 40;
/** A key up to here is copied byte by byte, which is quicker than a call. */
const SHORT_KEY_BYTES = 24;

interface OpenBatch {
  buffer: Buffer;
  /** Where each record begins. */
  starts: number[];
  end: number;
  baseMs: number;
  maxMs: number;
}

/** Memory of batches that are sent, for those to come: what is large is not allocated again and again. */
export interface BatchMemory {
  /** At least so many bytes. */
  allocate(bytes: number): Buffer;
  /** What was taken is sent, and nobody looks at it any more. */
  release(records: WrittenRecords): void;
}

/** Keeps memory of up to so many bytes. */
export const createBatchMemory = (bytesMax: number): BatchMemory => {
  const free: Buffer[] = [];
  let freeBytes = 0;
  return {
    allocate(bytes) {
      const last = free.at(-1);
      if (last === undefined || last.length < bytes) return Buffer.allocUnsafeSlow(bytes);
      free.pop();
      freeBytes -= last.length;
      return last;
    },
    release({ batches }) {
      for (const { bytes } of batches) {
        const whole = Buffer.from(bytes.buffer);
        if (whole.length < BATCH_BYTES || freeBytes + whole.length > bytesMax) continue;
        free.push(whole);
        freeBytes += whole.length;
      }
    },
  };
};

const noMemory: Pick<BatchMemory, 'allocate'> = {
  allocate: (bytes) => Buffer.allocUnsafeSlow(bytes),
};

/** @param memory where batches are made, when their memory is used again */
export const createRecordWriter = (
  memory: Pick<BatchMemory, 'allocate'> = noMemory,
): RecordWriter => {
  let closed: OpenBatch[] = [];
  let closedRecords = 0;
  let expectedBytes = FIRST_BYTES;
  let batch = openBatch(memory, expectedBytes);
  /** Of the record that is begun. */
  let valueAt = 0;
  let timeMs = 0;

  const makeRoom = (bytes: number): void => {
    if (bytes <= batch.buffer.length) return;
    const larger = memory.allocate(Math.max(bytes, 2 * batch.buffer.length));
    batch.buffer.copy(larger, 0, 0, batch.buffer.length);
    batch.buffer = larger;
  };

  /** Writes a length in front of what stands behind room for it; answers with the end of what stands there. */
  const putLength = (at: number, end: number): number => {
    const length = end - at - GUESSED_BYTES;
    const bytes = varintBytes(length);
    if (bytes !== GUESSED_BYTES) {
      makeRoom(end + bytes);
      batch.buffer.copyWithin(at + bytes, at + GUESSED_BYTES, end);
    }
    writeVarint(batch.buffer, at, length);
    return at + bytes + length;
  };

  return {
    get buffer() {
      return batch.buffer;
    },
    begin(key, keyBytes, timestampMs) {
      if (batch.end >= BATCH_BYTES) {
        closed.push(batch);
        closedRecords += batch.starts.length;
        batch = openBatch(memory, BATCH_BYTES);
      }
      makeRoom(batch.end + keyBytes + FRAME_BYTES_MAX);
      const { buffer, starts, end } = batch;
      if (starts.length === 0) {
        batch.baseMs = timestampMs;
        batch.maxMs = timestampMs;
      }
      timeMs = timestampMs;
      let at = end + GUESSED_BYTES;
      buffer[at] = 0; // record attributes, unused by the protocol
      at = writeVarint(buffer, at + 1, timestampMs - batch.baseMs);
      at = writeVarint(buffer, at, starts.length);
      at = writeVarint(buffer, at, key === null ? -1 : keyBytes);
      if (key !== null) {
        if (keyBytes <= SHORT_KEY_BYTES)
          for (let i = 0; i < keyBytes; i += 1) buffer[at + i] = key[i]!;
        else buffer.set(key.subarray(0, keyBytes), at);
        at += keyBytes;
      }
      valueAt = at;
      return at + GUESSED_BYTES;
    },
    grow() {
      makeRoom(2 * batch.buffer.length);
    },
    end(valueEnd, headers) {
      let at: number;
      if (valueEnd < 0) {
        makeRoom(valueAt + 1);
        batch.buffer[valueAt] = 1; // varint -1
        at = valueAt + 1;
      } else at = putLength(valueAt, valueEnd);
      makeRoom(at + headersBytes(headers, undefined));
      at = writeHeaders(batch.buffer, at, headers, undefined);
      const start = batch.end;
      batch.end = putLength(start, at);
      batch.starts.push(start);
      if (timeMs > batch.maxMs) batch.maxMs = timeMs;
      return batch.end - start;
    },
    undo() {
      if (batch.starts.length === 0) {
        batch = closed.pop()!;
        closedRecords -= batch.starts.length;
      }
      const start = batch.starts.pop()!;
      const bytes = batch.end - start;
      batch.end = start;
      return bytes;
    },
    get length() {
      return closedRecords + batch.starts.length;
    },
    take() {
      const length = closedRecords + batch.starts.length;
      const batches = [...closed, batch].filter(({ starts }) => starts.length > 0).map(finish);
      expectedBytes = Math.min(BATCH_BYTES, Math.max(FIRST_BYTES, batch.end));
      closed = [];
      closedRecords = 0;
      batch = openBatch(memory, expectedBytes);
      return { length, batches };
    },
  };
};

const openBatch = (memory: Pick<BatchMemory, 'allocate'>, bytes: number): OpenBatch => ({
  buffer: memory.allocate(bytes + BATCH_HEADER_BYTES),
  ...{ starts: [], end: BATCH_HEADER_BYTES, baseMs: 0, maxMs: 0 },
});

const finish = ({ buffer, starts, end, baseMs, maxMs }: OpenBatch) => {
  const bytes = buffer.subarray(0, end);
  writeBatchHeader(bytes, starts.length, baseMs, maxMs);
  return { bytes, count: starts.length };
};
