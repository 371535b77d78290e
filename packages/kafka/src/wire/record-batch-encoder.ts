import type { OutgoingRecord } from '../records.ts';
import { crc32c } from './crc32c.ts';
import { headersBytes, writeHeaders } from './record-headers.ts';
import { varintBytes, writeVarint } from './varint.ts';

/**
 * Writes a record batch (magic 2) in one allocation: one pass measures the records, one writes them in
 * place. It does not compress (see `compressRecords`) and it leaves the producer's identity open: a batch
 * is encoded when it is queued and stamped when it is sent, as its sequence number is known only then.
 * Source: https://kafka.apache.org/documentation/#recordbatch
 */
export const BATCH_HEADER_BYTES = 61;

const OFFSET = {
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  count: 57,
} as const;

const TRANSACTIONAL = 0x10;

export interface BatchEncoding {
  readonly records: readonly OutgoingRecord[];
  /** Index of the first record to take. */
  readonly from: number;
  /** The batch ends before the record that would take it past this size; it holds one record at least. */
  readonly batchBytesMax: number;
  /** Timestamp of records that carry none, milliseconds since 1970 UTC. */
  readonly nowMs: number;
}

export interface EncodedBatch {
  readonly bytes: Buffer;
  readonly count: number;
}

export interface ProducerStamp {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly transactional: boolean;
}

const fieldBytes = (value: Buffer | null): number =>
  value === null ? 1 : varintBytes(value.length) + value.length;

const writeField = (target: Buffer, offset: number, value: Buffer | null): number => {
  if (value === null) {
    target[offset] = 1; // varint -1
    return offset + 1;
  }
  const at = writeVarint(target, offset, value.length);
  target.set(value, at);
  return at + value.length;
};

interface Measured {
  readonly count: number;
  readonly bytes: number;
  readonly baseTimestampMs: number;
  readonly maxTimestampMs: number;
}

/** Body sizes of the batch being encoded; grows to the largest batch seen and is used by one call at a time. */
let bodySizes = new Int32Array(1024);

const bodyBytes = (record: OutgoingRecord, offsetDelta: number, timestampDeltaMs: number): number =>
  1 +
  varintBytes(timestampDeltaMs) +
  varintBytes(offsetDelta) +
  fieldBytes(record.key) +
  fieldBytes(record.value) +
  headersBytes(record.headers, record.sharedHeaders);

const measure = ({ records, from, batchBytesMax, nowMs }: BatchEncoding): Measured => {
  const baseTimestampMs = records[from]!.timestampMs ?? nowMs;
  let maxTimestampMs = baseTimestampMs;
  let bytes = BATCH_HEADER_BYTES;
  let count = 0;
  for (let index = from; index < records.length; index += 1) {
    const record = records[index]!;
    const timestampMs = record.timestampMs ?? nowMs;
    const body = bodyBytes(record, count, timestampMs - baseTimestampMs);
    const size = body + varintBytes(body);
    if (count > 0 && bytes + size > batchBytesMax) break;
    if (count === bodySizes.length) {
      const grown = new Int32Array(bodySizes.length * 2);
      grown.set(bodySizes);
      bodySizes = grown;
    }
    bodySizes[count] = body;
    bytes += size;
    count += 1;
    if (timestampMs > maxTimestampMs) maxTimestampMs = timestampMs;
  }
  return { count, bytes, baseTimestampMs, maxTimestampMs };
};

/** Encodes as many records as fit, from `from` on. The batch must be stamped before it is sent. */
export const encodeRecordBatch = (encoding: BatchEncoding): EncodedBatch => {
  const { count, bytes, baseTimestampMs, maxTimestampMs } = measure(encoding);
  const { records, from, nowMs } = encoding;
  const batch = Buffer.allocUnsafe(bytes);
  let at = BATCH_HEADER_BYTES;
  for (let delta = 0; delta < count; delta += 1) {
    const record = records[from + delta]!;
    at = writeVarint(batch, at, bodySizes[delta]!);
    batch[at] = 0; // record attributes, unused by the protocol
    at = writeVarint(batch, at + 1, (record.timestampMs ?? nowMs) - baseTimestampMs);
    at = writeVarint(batch, at, delta);
    at = writeField(batch, at, record.key);
    at = writeField(batch, at, record.value);
    at = writeHeaders(batch, at, record.headers, record.sharedHeaders);
  }
  writeBatchHeader(batch, count, baseTimestampMs, maxTimestampMs);
  return { bytes: batch, count };
};

/** The header of a batch whose records stand behind it, up to the end of `batch`; identity and checksum are left open. */
export const writeBatchHeader = (
  batch: Buffer,
  count: number,
  baseTimestampMs: number,
  maxTimestampMs: number,
): void => {
  batch.writeBigInt64BE(0n, 0); // base offset: the broker's to set
  batch.writeInt32BE(batch.length - OFFSET.leaderEpoch, OFFSET.length);
  batch.writeInt32BE(-1, OFFSET.leaderEpoch);
  batch[OFFSET.magic] = 2;
  batch.writeInt16BE(0, OFFSET.attributes);
  batch.writeInt32BE(count - 1, OFFSET.lastOffsetDelta);
  batch.writeBigInt64BE(BigInt(baseTimestampMs), OFFSET.baseTimestamp);
  batch.writeBigInt64BE(BigInt(maxTimestampMs), OFFSET.maxTimestamp);
  batch.writeInt32BE(count, OFFSET.count);
};

/** The same batch with its records compressed by `codecId`; the header's length and attributes follow. */
export const withCompressedRecords = (
  batch: EncodedBatch,
  codecId: number,
  compressed: Buffer,
): EncodedBatch => {
  const bytes = Buffer.allocUnsafe(BATCH_HEADER_BYTES + compressed.length);
  batch.bytes.copy(bytes, 0, 0, BATCH_HEADER_BYTES);
  compressed.copy(bytes, BATCH_HEADER_BYTES);
  bytes.writeInt32BE(bytes.length - OFFSET.leaderEpoch, OFFSET.length);
  bytes.writeInt16BE(codecId, OFFSET.attributes);
  return { bytes, count: batch.count };
};

/** Writes the producer's identity and the checksum; the batch is then ready for the wire. */
export const stampBatch = (bytes: Buffer, stamp: ProducerStamp): void => {
  const codecId = bytes.readInt16BE(OFFSET.attributes) & 0x07;
  bytes.writeInt16BE(codecId | (stamp.transactional ? TRANSACTIONAL : 0), OFFSET.attributes);
  bytes.writeBigInt64BE(stamp.producerId, OFFSET.producerId);
  bytes.writeInt16BE(stamp.producerEpoch, OFFSET.producerEpoch);
  bytes.writeInt32BE(stamp.baseSequence, OFFSET.baseSequence);
  bytes.writeUInt32BE(crc32c(bytes, OFFSET.attributes), OFFSET.crc);
};
