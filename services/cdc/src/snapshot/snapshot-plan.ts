/**
 * Which chunk is read next, and which rows stand first and last. Tables without a key come first, because they
 * are written as one; the last chunk of a table waits until the others are read, so that its last row is the
 * table's.
 */
import type { CapturedTable } from '../captured-table.ts';
import type { SnapshotMarker } from '../envelope/envelope-schema.ts';
import { hasUniqueKey } from '../envelope/table-shape.ts';
import type { Chunk, Heap } from './chunks.ts';
import { type BlockRange, type HeapProgress, joinRanges } from './table-progress.ts';

export interface PlannedTable {
  readonly table: CapturedTable;
  readonly chunks: readonly Chunk[];
  /** SQL that limits the rows; absent: all. */
  readonly condition: string | undefined;
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

export const isKeyless = ({ table }: PlannedTable): boolean => !hasUniqueKey(table.shape);
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
  readonly chunkCount: number;
  /** A chunk that may be read now; undefined when none may, which is not the end while some are open. */
  take(): ChunkWork | undefined;
  finished(work: ChunkWork): void;
  /** Tables without a key that are not read yet. */
  readonly keylessLeft: boolean;
  readonly isComplete: boolean;
}

export const createSnapshotPlan = (planned: readonly PlannedTable[]): SnapshotPlan => {
  const ordered = [...planned.filter(isKeyless), ...planned.filter((one) => !isKeyless(one))];
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
  return {
    tables,
    chunkCount: tables.reduce((sum, { chunks }) => sum + chunks.length, 0),
    take: () => {
      const work = tables.find(mayTake);
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
    get keylessLeft() {
      return tables.some((work) => isKeyless(work) && !isDone(work));
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
