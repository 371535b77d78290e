/**
 * The records of one partition that were delivered and have not landed yet, in offset order, as the packs
 * in which they were fetched. It counts what it holds; who delivers is held back by `Lanes`, when a flush
 * is due is `flush-policy.ts`.
 */
import {
  type ConsumedBatch,
  type RecordPack,
  type RecordRows,
  type RecordSpan,
  rowsOfSpans,
} from '@millrace/kafka';

export interface LaneBuffer {
  /** The offset behind everything delivered, control records included. */
  readonly end: number;
  readonly rows: number;
  /** Memory held, bytes: whole packs, for one lasts as long as any record of it. */
  readonly bytes: number;
  /** When the oldest record held was delivered, ms; undefined when nothing is held. */
  readonly oldestMs: number | undefined;
  push(batch: ConsumedBatch, nowMs: number): void;
  /** The first records, as many as fit both limits and at least one; none beyond `toOffset`. */
  first(rowsMax: number, bytesMax: number, toOffset?: number): RecordRows;
  /** The offset of the record behind the first `rows`; the end when there is none. */
  offsetAfter(rows: number): number;
  /** Lets go of everything up to and including `offset`. */
  dropThrough(offset: number): void;
}

/** Of a record in a pack beside its stored bytes. */
const RECORD_OVERHEAD_BYTES = 28;

export function createLaneBuffer(start: number): LaneBuffer {
  let spans: RecordSpan[] = [];
  /** Delivery times by the offset behind each delivery. */
  let deliveries: { readonly behind: number; readonly atMs: number }[] = [];
  let end = start;
  let rows = 0;
  let bytes = 0;

  return {
    get end() {
      return end;
    },
    get rows() {
      return rows;
    },
    get bytes() {
      return bytes;
    },
    get oldestMs() {
      return deliveries[0]?.atMs;
    },
    push: (batch, nowMs) => {
      for (const { pack, from: first, to } of batch.records.spans) {
        // A fetch may begin with records in front of the position: they belong to the same batch on disk.
        const from = indexFrom(pack, first, to, end);
        if (from === to) continue;
        spans.push({ pack, from, to });
        rows += to - from;
        bytes += pack.heldBytes;
      }
      if (batch.nextOffset <= end) return;
      end = batch.nextOffset;
      deliveries.push({ behind: end, atMs: nowMs });
    },
    first: (rowsMax, bytesMax, toOffset = Number.MAX_SAFE_INTEGER) => {
      const taken: RecordSpan[] = [];
      let rowsLeft = rowsMax;
      let bytesLeft = bytesMax;
      for (const { pack, from, to } of spans) {
        const last = Math.min(indexFrom(pack, from, to, toOffset + 1), from + rowsLeft);
        let index = from;
        for (; index < last; index += 1) {
          bytesLeft -= storedBytes(pack, index) + RECORD_OVERHEAD_BYTES;
          if (bytesLeft < 0 && (index > from || taken.length > 0)) break;
        }
        if (index > from) taken.push({ pack, from, to: index });
        if (index < to) break;
        rowsLeft -= index - from;
      }
      return rowsOfSpans(taken);
    },
    offsetAfter: (count) => {
      let left = count;
      for (const { pack, from, to } of spans) {
        if (left < to - from) return pack.offsets[from + left]!;
        left -= to - from;
      }
      return end;
    },
    dropThrough: (offset) => {
      const kept: RecordSpan[] = [];
      for (const span of spans) {
        const from = indexFrom(span.pack, span.from, span.to, offset + 1);
        rows -= from - span.from;
        if (from < span.to) kept.push({ ...span, from });
        else bytes -= span.pack.heldBytes;
      }
      spans = kept;
      deliveries = deliveries.filter((delivery) => delivery.behind > offset + 1);
    },
  };
}

/** Index of the first record from `from` on whose offset is `offset` or more; `to` when there is none. */
function indexFrom({ offsets }: RecordPack, from: number, to: number, offset: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (offsets[middle]! < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

const storedBytes = ({ recordStarts, count, bytes }: RecordPack, index: number): number =>
  (index + 1 < count ? recordStarts[index + 1]! : bytes.length) - recordStarts[index]!;
