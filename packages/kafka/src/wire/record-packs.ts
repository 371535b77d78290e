import type { RecordPack } from '../records.ts';
import { decompress } from './compression.ts';
import { type BatchHeader, corrupt } from './record-batch-decoder.ts';
import { BATCH_HEADER_BYTES } from './record-batch-encoder.ts';
import { type Cursor, readVarint } from './record-fields.ts';

/**
 * Copies the records of a fetch response into packs of about a mebibyte: small batches share one, a large
 * batch has its own. They are copies so that what a reader holds is what it needs: a response carries many
 * partitions, and would stay whole for one record of the slowest.
 */
export interface RecordPacker {
  /** Throws `kafka.corrupt-batch`, `kafka.compression-unsupported`. */
  add(response: Buffer, header: BatchHeader): void;
  /** The packs of all that was added; none is empty. */
  finish(): RecordPack[];
}

const PACK_BYTES = 1024 * 1024;
/** Of one record in the columns. */
const COLUMN_BYTES = 28;
/** Objects of a pack, measured. */
const PACK_OVERHEAD_BYTES = 1024;
/** Length, attributes, two deltas, two field lengths and the number of headers take a byte each at least. */
const RECORD_BYTES_MIN = 7;

interface PendingBatch {
  readonly header: BatchHeader;
  readonly stored: Buffer;
  /** Made by decompression for this pack alone. */
  readonly isOwn: boolean;
}

/** Records below `fromOffset` are left out: a response begins with the whole batch that holds the offset. */
export const createRecordPacker = (fromOffset: number): RecordPacker => {
  const packs: RecordPack[] = [];
  let pending: PendingBatch[] = [];
  let pendingBytes = 0;

  const flush = (): void => {
    if (pending.length === 0) return;
    const pack = packOf(pending, pendingBytes, fromOffset);
    if (pack.count > 0) packs.push(pack);
    pending = [];
    pendingBytes = 0;
  };

  return {
    add(response, header) {
      const compressed = response.subarray(header.start + BATCH_HEADER_BYTES, header.end);
      const isOwn = header.codecId !== 0;
      const stored = isOwn ? decompress(header.codecId, compressed) : compressed;
      if (header.count * RECORD_BYTES_MIN > stored.length) {
        throw corrupt(`${header.count} records cannot stand in ${stored.length} bytes`);
      }
      if (pendingBytes + stored.length > PACK_BYTES) flush();
      pending.push({ header, stored, isOwn });
      pendingBytes += stored.length;
    },
    finish() {
      flush();
      return packs;
    },
  };
};

const packOf = (batches: readonly PendingBatch[], length: number, fromOffset: number) => {
  const [first] = batches;
  // A decompressor may answer with a view of something larger.
  const isExact =
    batches.length === 1 && first!.isOwn && first!.stored.buffer.byteLength < 2 * length;
  const bytes = isExact ? first!.stored : Buffer.allocUnsafeSlow(length);
  const counted = batches.reduce((sum, { header }) => sum + header.count, 0);
  const columns = createColumns(bytes, counted);
  let start = 0;
  for (const { header, stored } of batches) {
    if (!isExact) stored.copy(bytes, start);
    readBatch(columns, header, start, start + stored.length, fromOffset);
    start += stored.length;
  }
  return columns;
};

type Columns = { -readonly [Name in keyof RecordPack]: RecordPack[Name] };

const createColumns = (bytes: Buffer, count: number): Columns => {
  const memory = new ArrayBuffer(count * COLUMN_BYTES);
  return {
    bytes,
    count: 0,
    offsets: new Float64Array(memory, 0, count),
    timestampsMs: new Float64Array(memory, count * 8, count),
    recordStarts: new Int32Array(memory, count * 16, count),
    valueStarts: new Int32Array(memory, count * 20, count),
    valueEnds: new Int32Array(memory, count * 24, count),
    heldBytes: bytes.buffer.byteLength + memory.byteLength + PACK_OVERHEAD_BYTES,
  };
};

/** Fills the columns from one batch, whose records stand in `bytes` from `start` to `end`. */
const readBatch = (
  columns: Columns,
  header: BatchHeader,
  start: number,
  end: number,
  fromOffset: number,
): void => {
  const { offsets, timestampsMs, recordStarts, valueStarts, valueEnds } = columns;
  const { baseOffset, baseTimestampMs, appendTimeMs } = header;
  const cursor: Cursor = { bytes: columns.bytes, at: start };
  for (let left = header.count; left > 0; left -= 1) {
    const recordStart = cursor.at;
    const length = readVarint(cursor);
    const recordEnd = cursor.at + length;
    cursor.at += 1; // record attributes, unused by the protocol
    const timestampDeltaMs = readVarint(cursor);
    const offset = baseOffset + readVarint(cursor);
    const keyLength = readVarint(cursor);
    if (keyLength > 0) cursor.at += keyLength;
    const valueLength = readVarint(cursor);
    const valueEnd = cursor.at + Math.max(0, valueLength);
    // What stands behind the value are the headers, which are read when somebody asks for them. A number
    // that is not one, from behind the end of the bytes, fails this, too.
    if (!(valueEnd < recordEnd && recordEnd <= end)) {
      throw corrupt(`the record at offset ${offset} has a wrong length`);
    }
    if (offset >= fromOffset) {
      const index = columns.count;
      offsets[index] = offset;
      timestampsMs[index] = appendTimeMs ?? baseTimestampMs + timestampDeltaMs;
      recordStarts[index] = recordStart;
      valueStarts[index] = valueLength < 0 ? -1 : cursor.at;
      valueEnds[index] = valueEnd;
      columns.count = index + 1;
    }
    cursor.at = recordEnd;
  }
  if (cursor.at !== end)
    throw corrupt(`the batch at offset ${baseOffset} is longer than its records`);
};
