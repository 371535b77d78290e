/**
 * The records of one partition that were delivered and have not landed yet, in offset order. It counts
 * what it holds; who delivers is held back by `Lanes`, when a flush is due is `flush-policy.ts`.
 */
import type { ConsumedBatch, ConsumedRecord } from '@millrace/kafka';

export interface LaneBuffer {
  /** The offset behind everything delivered, control records included. */
  readonly end: number;
  readonly rows: number;
  /** Memory held, estimated, bytes. */
  readonly bytes: number;
  /** When the oldest record held was delivered, ms; undefined when nothing is held. */
  readonly oldestMs: number | undefined;
  push(batch: ConsumedBatch, nowMs: number): void;
  /** The first records, as many as fit both limits and at least one; none beyond `toOffset`. */
  first(rowsMax: number, bytesMax: number, toOffset?: number): ConsumedRecord[];
  /** Whether records are left behind the first `rows`. */
  hasMoreThan(rows: number): boolean;
  /** The offset of the record behind the first `rows`; the end when there is none. */
  offsetAfter(rows: number): number;
  /** Lets go of everything up to and including `offset`. */
  dropThrough(offset: number): void;
}

/** What a record costs beside its bytes, measured: 200 for its object and view, the rest for headers. */
export const RECORD_OVERHEAD_BYTES = 384;

export const recordBytes = (record: ConsumedRecord): number =>
  (record.value?.length ?? 0) + (record.key?.length ?? 0) + RECORD_OVERHEAD_BYTES;

export function createLaneBuffer(start: number): LaneBuffer {
  let records: ConsumedRecord[] = [];
  /** Delivery times by the offset behind each delivery. */
  let deliveries: { readonly behind: number; readonly atMs: number }[] = [];
  let head = 0;
  let end = start;
  let bytes = 0;

  return {
    get end() {
      return end;
    },
    get rows() {
      return records.length - head;
    },
    get bytes() {
      return bytes;
    },
    get oldestMs() {
      return deliveries[0]?.atMs;
    },
    push: (batch, nowMs) => {
      for (const record of batch.records) {
        // A fetch may begin with records in front of the position: they belong to the same batch on disk.
        if (record.offset < end) continue;
        records.push(record);
        bytes += recordBytes(record);
      }
      if (batch.nextOffset <= end) return;
      end = batch.nextOffset;
      deliveries.push({ behind: end, atMs: nowMs });
    },
    first: (rowsMax, bytesMax, toOffset = Number.MAX_SAFE_INTEGER) => {
      let held = 0;
      let index = head;
      while (index < records.length && index - head < rowsMax) {
        const record = records[index]!;
        if (record.offset > toOffset) break;
        held += recordBytes(record);
        if (held > bytesMax && index > head) break;
        index += 1;
      }
      return records.slice(head, index);
    },
    hasMoreThan: (rows) => records.length - head > rows,
    offsetAfter: (rows) => records[head + rows]?.offset ?? end,
    dropThrough: (offset) => {
      while (head < records.length && records[head]!.offset <= offset) {
        bytes -= recordBytes(records[head]!);
        head += 1;
      }
      deliveries = deliveries.filter((delivery) => delivery.behind > offset + 1);
      records = records.slice(head);
      head = 0;
    },
  };
}
