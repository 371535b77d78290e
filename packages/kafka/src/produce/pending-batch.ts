import type { ProducerIdentity } from '../messages/produce-messages.ts';
import type { Compression } from '../producer.ts';
import { rowsOfPacks } from '../record-rows.ts';
import type { OutgoingBatch, OutgoingRecord, ProducedPart } from '../records.ts';
import { codecIds, compress, compressSmall } from '../wire/compression.ts';
import { readBatchHeader } from '../wire/record-batch-decoder.ts';
import {
  BATCH_HEADER_BYTES,
  type EncodedBatch,
  encodeRecordBatch,
  withCompressedRecords,
} from '../wire/record-batch-encoder.ts';
import { createRecordPacker } from '../wire/record-packs.ts';

/**
 * A record batch on its way: its bytes, whether it may already be on the broker, and who waits for it.
 * It does not know how it is sent.
 */
export interface PendingBatch {
  readonly count: number;
  /** The records themselves, when they must be divided anew. */
  records(): readonly OutgoingRecord[];
  readonly encoding: BatchEncodingOptions;
  /** Undefined while it is being compressed. */
  bytes: Buffer | undefined;
  /** The identity it was last stamped with; kept while an earlier try may have been written. */
  stampedWith: ProducerIdentity | undefined;
  /** A try went out and its answer never came: the broker may hold it. */
  ambiguous: boolean;
  /** Settles when the fate of every record is known, or is known to be unknown. */
  readonly outcome: Promise<readonly ProducedPart[]>;
  readonly written: (parts: readonly ProducedPart[]) => void;
  readonly failed: (error: unknown) => void;
  /** Resolves when `bytes` is there. */
  readonly encoded: Promise<void>;
}

export interface BatchEncodingOptions {
  readonly batchBytesMax: number;
  readonly compression: Compression;
  /** Timestamp of records without one, ms. */
  readonly nowMs: number;
  /** When to give up, ms since 1970. */
  readonly deadlineMs: number;
}

const encoded = Promise.resolve();

/** The compressed batch; a promise of it where there is much to compress. */
const compressRecords = (
  bytes: Buffer,
  count: number,
  codec: Exclude<Compression, 'none'>,
): Buffer | Promise<Buffer> => {
  const plain = bytes.subarray(BATCH_HEADER_BYTES);
  const withRecords = (records: Buffer) =>
    withCompressedRecords({ bytes, count }, codecIds[codec], records).bytes;
  // Compression only saves space: where it fails, the records go as they are.
  try {
    const small = compressSmall(codec, plain);
    if (small !== undefined) return withRecords(small);
  } catch {
    return bytes;
  }
  return compress(codec, plain).then(withRecords, () => bytes);
};

const createPendingBatch = (
  { bytes, count }: EncodedBatch,
  records: () => readonly OutgoingRecord[],
  encoding: BatchEncodingOptions,
): PendingBatch => {
  const { compression } = encoding;
  const { promise, resolve, reject } = Promise.withResolvers<readonly ProducedPart[]>();
  const ready = compression === 'none' ? bytes : compressRecords(bytes, count, compression);
  const pending = {
    count,
    records,
    encoding,
    bytes: ready instanceof Promise ? undefined : ready,
    stampedWith: undefined,
    ambiguous: false,
    outcome: promise,
    written: resolve,
    failed: reject,
  } satisfies Omit<PendingBatch, 'encoded'>;
  if (!(ready instanceof Promise)) return { ...pending, encoded };
  const batch: PendingBatch = {
    ...pending,
    encoded: ready.then((result) => {
      batch.bytes = result;
    }),
  };
  return batch;
};

/**
 * Encodes records into as few batches as the size limit allows (T23); a record above the limit goes alone,
 * for the topic to judge. Compressed batches are cut by their size before compression, which is at or
 * above what the broker checks.
 */
export const encodePendingBatches = (
  records: OutgoingBatch['records'],
  encoding: BatchEncodingOptions,
): PendingBatch[] => {
  if ('batches' in records) {
    return records.batches.map((batch) =>
      createPendingBatch(batch, () => recordsIn(batch.bytes), encoding),
    );
  }
  const batches: PendingBatch[] = [];
  for (let from = 0; from < records.length; ) {
    const { bytes, count } = encodeRecordBatch({ records, from, ...encoding });
    const whole = from === 0 && count === records.length;
    const taken = whole ? records : records.slice(from, from + count);
    batches.push(createPendingBatch({ bytes, count }, () => taken, encoding));
    from += count;
  }
  return batches;
};

/** The records of a batch that is not compressed. */
const recordsIn = (bytes: Buffer): readonly OutgoingRecord[] => {
  const packer = createRecordPacker(0);
  packer.add(bytes, readBatchHeader(bytes, 0)!);
  return [...rowsOfPacks(packer.finish())];
};

/** Two halves in place of a batch that the broker found too large; the batch settles when both have. */
export const splitPendingBatch = (batch: PendingBatch): PendingBatch[] => {
  const records = batch.records();
  const middle = Math.ceil(records.length / 2);
  const encoding = { ...batch.encoding, batchBytesMax: Number.POSITIVE_INFINITY };
  const halves = [records.slice(0, middle), records.slice(middle)].flatMap((half) =>
    encodePendingBatches(half, encoding),
  );
  Promise.all(halves.map((half) => half.outcome)).then(
    (parts) => batch.written(parts.flat()),
    batch.failed,
  );
  return halves;
};
