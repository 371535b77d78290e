import { MillraceError } from '@millrace/contracts';
import { readSafeInt64 } from './byte-reader.ts';
import { crc32c } from './crc32c.ts';
import { BATCH_HEADER_BYTES } from './record-batch-encoder.ts';
import { readField, skipToKey } from './record-fields.ts';

/**
 * Reads the headers of record batches (magic 2) in a fetch response; the records in them are read by
 * `record-packs.ts`, aborted transactions are sorted out by `committed-records.ts`. Older message formats
 * are gone from Kafka since 4.0 and are refused. Source: https://kafka.apache.org/documentation/#recordbatch
 */
export interface BatchHeader {
  readonly baseOffset: number;
  /** The offset after the last one that this batch covers, compacted records included. */
  readonly nextOffset: number;
  readonly producerId: bigint;
  readonly transactional: boolean;
  readonly control: boolean;
  readonly count: number;
  readonly codecId: number;
  readonly baseTimestampMs: number;
  /** When the broker stamped the whole batch (log-append time); undefined where each record has its own time. */
  readonly appendTimeMs: number | undefined;
  /** The position of the batch in the response, and the one after it. */
  readonly start: number;
  readonly end: number;
}

/** A batch, or a record in one, that is not what its lengths say. */
export const corrupt = (what: string): MillraceError =>
  new MillraceError('kafka.corrupt-batch', what);

/** The header at `start`, or undefined when the rest of the response holds only a part of a batch. */
export const readBatchHeader = (response: Buffer, start: number): BatchHeader | undefined => {
  if (start + BATCH_HEADER_BYTES > response.length) return undefined;
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
    codecId: attributes & 0x07,
    baseTimestampMs: readSafeInt64(response, start + 27),
    // The batch's maximum stands for every record of it.
    appendTimeMs: (attributes & 0x08) !== 0 ? readSafeInt64(response, start + 35) : undefined,
    start,
    end,
  };
};

/** A control batch holds one record; its key says abort (0) or commit (1). */
export const isAbortMarker = (response: Buffer, header: BatchHeader): boolean => {
  const cursor = { bytes: response, at: header.start + BATCH_HEADER_BYTES };
  skipToKey(cursor);
  const key = readField(cursor);
  return key !== null && key.readInt16BE(2) === 0;
};
