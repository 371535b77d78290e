/**
 * Which chunk is read next, and which rows stand first and last. Tables that are written as one come first; the
 * last chunk of a table waits until the others are read, so that its last row is the table's.
 */
import type { CapturedTable } from '../captured-table.ts';
import type { SnapshotMarker } from '../envelope/envelope-schema.ts';
import { hasUniqueKey } from '../envelope/table-shape.ts';
import type { Chunk, Heap } from './chunks.ts';
import type { RowChoice } from './row-choice.ts';
import { type BlockRange, type HeapProgress, joinRanges } from './table-progress.ts';

export interface PlannedTable {
  readonly table: CapturedTable;
  readonly chunks: readonly Chunk[];
  readonly choice: RowChoice;
  readonly isEmpty: boolean;
}

export interface TableWork extends PlannedTable {
  readonly isLastTable: boolean;
  /** Index of the next chunk to hand out. */
  next: number;
  /** Handed out and not finished. */
  open: number;
  done: number;
  rows: number;
  readonly ranges: Map<Heap, BlockRange[]>;
}

export interface ChunkWork {
  readonly work: TableWork;
  readonly chunk: Chunk;
  /** Its last row is the table's last. */
  readonly closesTable: boolean;
}

/**
 * All of it is in one Kafka transaction, the first: without a key nothing could tell later which of its rows are
 * written, and a SELECT of somebody's own cannot be cut. An empty one does not matter.
 */
export const isWhole = ({ choice, isEmpty, table }: PlannedTable): boolean =>
  isEmpty || choice.statement !== undefined || !hasUniqueKey(table.shape);
export const isDone = (work: TableWork): boolean => work.done === work.chunks.length;

/** What of a table is written, for its progress. */
export const heapsDone = (work: TableWork): readonly HeapProgress[] =>
  [...work.ranges].map(([{ fileNode, oid }, ranges]) => ({
    oid,
    fileNode,
    ranges: joinRanges(ranges),
  }));

export interface SnapshotPlan {
  readonly tables: readonly TableWork[];
  /**
   * A chunk that may be read now, of the tables that are written as one while some are left; undefined when none may,
   * which is not the end while some are open.
   */
  take(): ChunkWork | undefined;
  finished(work: ChunkWork): void;
  /** Tables that are written as one and not read yet. */
  readonly wholeLeft: readonly TableWork[];
  readonly isComplete: boolean;
}

export const createSnapshotPlan = (planned: readonly PlannedTable[]): SnapshotPlan => {
  // the last table has the last row, where any has one
  const ordered = [
    ...planned.filter(({ isEmpty }) => isEmpty),
    ...planned.filter((one) => !one.isEmpty && isWhole(one)),
    ...planned.filter((one) => !isWhole(one)),
  ];
  const tables: readonly TableWork[] = ordered.map((one, i) => ({
    ...one,
    isLastTable: i === ordered.length - 1,
    ...{ next: 0, open: 0, done: 0, rows: 0, ranges: new Map() },
  }));
  const mayTake = (work: TableWork): boolean => {
    if (work.next === work.chunks.length) return false;
    if (work.next < work.chunks.length - 1) return true;
    if (work.open > 0) return false;
    // the last row of the snapshot comes behind all others
    return !work.isLastTable || tables.every((other) => other === work || isDone(other));
  };
  const wholeLeft = () => tables.filter((work) => isWhole(work) && !isDone(work));
  return {
    tables,
    take: () => {
      const left = wholeLeft();
      const work = (left.length > 0 ? left : tables).find(mayTake);
      if (work === undefined) return undefined;
      const chunk = work.chunks[work.next] as Chunk;
      work.next++;
      work.open++;
      return { work, chunk, closesTable: work.next === work.chunks.length };
    },
    finished: ({ chunk, work }) => {
      work.open--;
      work.done++;
      const ranges = work.ranges.get(chunk.heap) ?? [];
      ranges.push({ fromBlock: chunk.fromBlock, toBlock: chunk.toBlock ?? null });
      work.ranges.set(chunk.heap, ranges);
    },
    get wholeLeft() {
      return wholeLeft();
    },
    get isComplete() {
      return tables.every(isDone);
    },
  };
};

/** source.snapshot of a row: its place among the rows of the snapshot. */
export const snapshotMarker = (
  row: {
    readonly opensSnapshot: boolean;
    readonly opensTable: boolean;
    readonly closesTable: boolean;
  },
  isLastTable: boolean,
): SnapshotMarker => {
  if (row.closesTable) return isLastTable ? 'last' : 'last_in_data_collection';
  if (row.opensSnapshot) return 'first';
  return row.opensTable ? 'first_in_data_collection' : 'true';
};
