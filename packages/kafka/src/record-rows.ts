import type { ConsumedRecord, RecordPack, RecordRows, RecordSpan } from './records.ts';
import { corrupt, readBatchHeader } from './wire/record-batch-decoder.ts';
import { encodeRecordBatch, stampBatch } from './wire/record-batch-encoder.ts';
import {
  type Cursor,
  readField,
  readHeaders,
  readVarint,
  skipToKey,
} from './wire/record-fields.ts';
import { createRecordPacker } from './wire/record-packs.ts';

/**
 * Rows over packs: what a reader takes, cuts and sorts, while the records stay bytes. Cutting makes spans,
 * never records; a span costs the same whether it names one record or a hundred thousand.
 */
export const rowsOfSpans = (spans: readonly RecordSpan[]): RecordRows => {
  let length = 0;
  for (const { from, to } of spans) length += to - from;
  return {
    length,
    spans,
    at(index) {
      let left = index;
      for (const { pack, from, to } of spans) {
        if (left >= 0 && left < to - from) return new PackedRecord(pack, from + left);
        left -= to - from;
      }
      throw new RangeError(`there is no row ${index} of ${length}`);
    },
    offsets() {
      const offsets: number[] = [];
      for (const { pack, from, to } of spans) {
        for (let index = from; index < to; index += 1) offsets.push(pack.offsets[index]!);
      }
      return offsets;
    },
    slice: (from, to = length) => rowsOfSpans(sliceSpans(spans, from, to)),
    where: (isWanted) => rowsOfSpans(filterSpans(spans, isWanted)),
    *[Symbol.iterator]() {
      for (const { pack, from, to } of spans) {
        for (let index = from; index < to; index += 1) yield new PackedRecord(pack, index);
      }
    },
  };
};

/** All records of these packs. */
export const rowsOfPacks = (packs: readonly RecordPack[]): RecordRows =>
  rowsOfSpans(packs.map((pack) => ({ pack, from: 0, to: pack.count })));

const noProducer = { producerId: -1n, producerEpoch: -1, baseSequence: -1, transactional: false };

/** Records that are held one by one, as rows: copied into a pack. */
export const recordRows = (records: readonly ConsumedRecord[]): RecordRows => {
  if (records.length === 0) return rowsOfSpans([]);
  const encoding = { records, from: 0, batchBytesMax: Number.POSITIVE_INFINITY, nowMs: 0 };
  const { bytes } = encodeRecordBatch(encoding);
  stampBatch(bytes, noProducer);
  const packer = createRecordPacker(0);
  packer.add(bytes, readBatchHeader(bytes, 0)!);
  const [pack] = packer.finish();
  records.forEach(({ offset }, index) => {
    pack!.offsets[index] = offset;
  });
  return rowsOfPacks([pack!]);
};

const sliceSpans = (spans: readonly RecordSpan[], start: number, end: number): RecordSpan[] => {
  const cut: RecordSpan[] = [];
  let before = 0;
  for (const { pack, from, to } of spans) {
    const first = Math.max(from, from + start - before);
    const last = Math.min(to, from + end - before);
    if (first < last) cut.push({ pack, from: first, to: last });
    before += to - from;
  }
  return cut;
};

const filterSpans = (
  spans: readonly RecordSpan[],
  isWanted: (offset: number) => boolean,
): RecordSpan[] => {
  const kept: RecordSpan[] = [];
  for (const { pack, from, to } of spans) {
    let start = from;
    for (let index = from; index < to; index += 1) {
      if (isWanted(pack.offsets[index]!)) continue;
      if (start < index) kept.push({ pack, from: start, to: index });
      start = index + 1;
    }
    if (start < to) kept.push({ pack, from: start, to });
  }
  return kept;
};

const noHeaders: Readonly<Record<string, Buffer>> = Object.freeze(Object.create(null));

/**
 * One record of a pack, made because somebody asked. Its headers are read only when asked for: most
 * readers never do.
 */
class PackedRecord implements ConsumedRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly #pack: RecordPack;
  readonly #index: number;

  constructor(pack: RecordPack, index: number) {
    this.offset = pack.offsets[index]!;
    this.timestampMs = pack.timestampsMs[index]!;
    const cursor: Cursor = { bytes: pack.bytes, at: pack.recordStarts[index]! };
    skipToKey(cursor);
    this.key = readField(cursor);
    const start = pack.valueStarts[index]!;
    this.value = start < 0 ? null : pack.bytes.subarray(start, pack.valueEnds[index]!);
    this.#pack = pack;
    this.#index = index;
  }

  /** Throws `kafka.corrupt-batch` when the headers do not end where the record does. */
  get headers(): Readonly<Record<string, Buffer>> {
    const { bytes, recordStarts, valueEnds } = this.#pack;
    const at = valueEnds[this.#index]!;
    if (bytes[at] === 0) return noHeaders;
    const headers = { bytes, at };
    const found = readHeaders(headers);
    const record = { bytes, at: recordStarts[this.#index]! };
    const length = readVarint(record);
    if (headers.at !== record.at + length) {
      throw corrupt(`the headers of the record at offset ${this.offset} have a wrong length`);
    }
    return found;
  }
}
