/**
 * Stretches at the end of partitions in which no record is: markers of transactions, and what aborted ones wrote. Who reads
 * committed records and commits the offset behind the last of them has nothing to read there, though offsets lie before it.
 * One stretch a partition: that at the end.
 */
import type { PartitionLayout } from '@millrace/kafka';
import { carriedColumn, noLayout } from './carried-column.ts';

export interface QuietStretches {
  follow(layout: PartitionLayout): void;
  /** The offset of the first record that may be there, at or after this one. */
  skip(index: number, offset: number): number;
  /** No record is at or after `from` and before `until`. */
  learn(index: number, from: number, until: number): void;
}

export const createQuietStretches = (): QuietStretches => {
  let layout = noLayout;
  let from = new Float64Array(0);
  let until = new Float64Array(0);
  return {
    follow(next) {
      from = carriedColumn(from, layout, next);
      until = carriedColumn(until, layout, next);
      layout = next;
    },
    skip: (index, offset) =>
      offset >= from[index]! && offset < until[index]! ? until[index]! : offset,
    learn(index, begin, end) {
      if (!(end > begin)) return;
      // one behind the other is one
      const isBehind = begin >= from[index]! && begin <= until[index]!;
      if (!isBehind) from[index] = begin;
      until[index] = isBehind ? Math.max(until[index]!, end) : end;
    },
  };
};
