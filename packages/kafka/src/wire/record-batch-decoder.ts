import { MillraceError } from '@millrace/contracts';
import type { ConsumedRecord } from '../records.ts';
import { readSafeInt64 } from './byte-reader.ts';
import { decompress } from './compression.ts';
import { crc32c } from './crc32c.ts';

/**
 * Reads the record batches (magic 2) of a fetch response. Keys and values are views on the response, not
 * copies: whoever keeps one record keeps its whole response in memory. Aborted transactions are sorted out
 * by `committed-records.ts`, not here; older message formats are gone from Kafka since 4.0 and are refused.
 * Source: https://kafka.apache.org/documentation/#recordbatch
 */
export interface BatchHeader {
  readonly baseOffset: number;
  /** The offset after the last one that this batch covers, compacted records included. */
  readonly nextOffset: number;
  readonly producerId: bigint;
  readonly transactional: boolean;
  readonly control: boolean;
  readonly count: number;
  /** The position of the batch in the response, and the one after it. */
  readonly start: number;
  readonly end: number;
}

const HEADER_BYTES = 61;
const noHeaders: Readonly<Record<string, Buffer>> = Object.freeze(Object.create(null));

const corrupt = (what: string) => new MillraceError('kafka.corrupt-batch', what);

/** The header at `start`, or undefined when the rest of the response holds only a part of a batch. */
export const readBatchHeader = (response: Buffer, start: number): BatchHeader | undefined => {
  if (start + HEADER_BYTES > response.length) return undefined;
  const end = start + 12 + response.readInt32BE(start + 8);
  if (end > response.length) return undefined;
  const magic = response.readInt8(start + 16);
  if (magic !== 2) throw corrupt(`a batch has format ${magic}; only 2 is known`);
  const baseOffset = readSafeInt64(response, start);
  if (crc32c(response, start + 21, end) !== response.readUInt32BE(start + 17)) {
    throw corrupt(`the checksum of the batch at offset ${baseOffset} is wrong`);
  }
  const attributes = response.readInt16BE(start + 21);
  return {
    baseOffset,
    nextOffset: baseOffset + response.readInt32BE(start + 23) + 1,
    producerId: response.readBigInt64BE(start + 43),
    transactional: (attributes & 0x10) !== 0,
    control: (attributes & 0x20) !== 0,
    count: response.readInt32BE(start + 57),
    start,
    end,
  };
};

interface Cursor {
  readonly bytes: Buffer;
  at: number;
}

const readVarint = (cursor: Cursor): number => {
  const { bytes } = cursor;
  let byte = bytes[cursor.at++]!;
  let value = byte & 0x7f;
  if (byte >= 0x80) {
    let scale = 0x80;
    do {
      byte = bytes[cursor.at++]!;
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
    } while (byte >= 0x80);
  }
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
};

const readField = (cursor: Cursor): Buffer | null => {
  const length = readVarint(cursor);
  if (length < 0) return null;
  const start = cursor.at;
  cursor.at += length;
  return cursor.bytes.subarray(start, cursor.at);
};

const noBytes = Buffer.alloc(0);

const skipHeaders = (cursor: Cursor): void => {
  // Names and values alternate; a null value has the length -1.
  for (let left = 2 * readVarint(cursor); left > 0; left -= 1) {
    const length = readVarint(cursor);
    if (length > 0) cursor.at += length;
  }
};

const readHeaders = (bytes: Buffer, at: number): Readonly<Record<string, Buffer>> => {
  const cursor: Cursor = { bytes, at };
  const headers: Record<string, Buffer> = Object.create(null);
  for (let left = readVarint(cursor); left > 0; left -= 1) {
    const name = readField(cursor) ?? noBytes;
    headers[name.toString('utf8')] = readField(cursor) ?? noBytes;
  }
  return headers;
};

/**
 * A record whose headers are read only when somebody asks: most readers never do, and six CloudEvents
 * headers as objects would cost a kilobyte a record in a process that holds many.
 */
class FetchedRecord implements ConsumedRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly #bytes: Buffer;
  readonly #headersAt: number;

  /** Takes key, value and headers from the cursor on, and leaves it behind them. */
  constructor(offset: number, timestampMs: number, cursor: Cursor) {
    this.offset = offset;
    this.timestampMs = timestampMs;
    this.key = readField(cursor);
    this.value = readField(cursor);
    this.#bytes = cursor.bytes;
    this.#headersAt = cursor.at;
    skipHeaders(cursor);
  }

  get headers(): Readonly<Record<string, Buffer>> {
    if (this.#bytes[this.#headersAt] === 0) return noHeaders;
    return readHeaders(this.#bytes, this.#headersAt);
  }
}

/**
 * Appends the batch's records at or after `fromOffset` to `into`. Throws `kafka.corrupt-batch` when a
 * record does not end where its length says.
 */
export const readRecords = (
  response: Buffer,
  header: BatchHeader,
  fromOffset: number,
  into: ConsumedRecord[],
): void => {
  const { start, end } = header;
  const attributes = response.readInt16BE(start + 21);
  const baseTimestampMs = readSafeInt64(response, start + 27);
  // Log-append time: the broker stamped the batch, and its maximum stands for every record.
  const appendTimeMs = (attributes & 0x08) !== 0 ? readSafeInt64(response, start + 35) : undefined;
  const codecId = attributes & 0x07;
  const stored = response.subarray(start + HEADER_BYTES, end);
  const cursor: Cursor = { bytes: codecId === 0 ? stored : decompress(codecId, stored), at: 0 };
  for (let index = 0; index < header.count; index += 1) {
    const length = readVarint(cursor);
    const recordEnd = cursor.at + length;
    cursor.at += 1; // record attributes, unused by the protocol
    const timestampDeltaMs = readVarint(cursor);
    const offset = header.baseOffset + readVarint(cursor);
    if (offset < fromOffset) {
      cursor.at = recordEnd;
      continue;
    }
    const timestampMs = appendTimeMs ?? baseTimestampMs + timestampDeltaMs;
    const record = new FetchedRecord(offset, timestampMs, cursor);
    if (cursor.at !== recordEnd) throw corrupt(`the record at offset ${offset} has a wrong length`);
    into.push(record);
  }
};

/** A control batch holds one record; its key says abort (0) or commit (1). */
export const isAbortMarker = (response: Buffer, header: BatchHeader): boolean => {
  const cursor: Cursor = { bytes: response, at: header.start + HEADER_BYTES };
  readVarint(cursor);
  cursor.at += 1;
  readVarint(cursor);
  readVarint(cursor);
  const key = readField(cursor);
  return key !== null && key.readInt16BE(2) === 0;
};
