import { expect, test } from 'vitest';
import type { CapturedTable } from '../captured-table.ts';
import type { Heap } from './chunks.ts';
import { chunksOf } from './chunks.ts';
import { createSnapshotPlan, heapsDone, snapshotMarker } from './snapshot-plan.ts';
import { joinRanges } from './table-progress.ts';

const heapOf = (blocks: number, bytes = blocks * 8192): Heap => ({
  ...{ oid: 1, name: '"t"', blocks, bytes, fileNode: 7 },
});
const tableOf = (table: string, keyColumns: readonly number[], blocks: number) => ({
  table: { shape: { schema: 's', table, columns: [], keyColumns } } as unknown as CapturedTable,
  chunks: chunksOf([heapOf(blocks)], 10 * 8192),
  ...{ choice: {}, isEmpty: blocks === 0 },
});

test('chunks cover every block once, the last is open, an empty heap has one', () => {
  const ranges = (blocks: number) =>
    chunksOf([heapOf(blocks)], 10 * 8192).map(({ fromBlock, toBlock }) => [fromBlock, toBlock]);
  expect(ranges(0)).toEqual([[0, undefined]]);
  expect(ranges(25)).toEqual([
    [0, 10],
    [10, 20],
    [20, undefined],
  ]);
});

test('a heap of few blocks whose rows keep long values outside of it is cut finer, never below a block', () => {
  const blocksOf = (bytes: number) => {
    const [first, second] = chunksOf([heapOf(20, bytes)], 10 * 8192);
    return [first?.toBlock, second?.toBlock];
  };
  expect(blocksOf(20 * 5 * 8192)).toEqual([2, 4]);
  expect(blocksOf(20 * 1000 * 8192)).toEqual([1, 2]);
});

test('the last table has rows: empty ones come first, then those that are written as one', () => {
  const plan = createSnapshotPlan([
    tableOf('keyed', [0], 5),
    tableOf('empty', [0], 0),
    { ...tableOf('chosen', [0], 5), choice: { statement: 'select 1' } },
  ]);
  expect(plan.tables.map(({ table }) => table.shape.table)).toEqual(['empty', 'chosen', 'keyed']);
  expect(plan.tables.map(({ isLastTable }) => isLastTable)).toEqual([false, false, true]);
  expect(plan.wholeLeft).toHaveLength(2);
});

test('tables without a key come first and alone; the last chunk of a table waits for its others, that of the last for all', () => {
  const plan = createSnapshotPlan([tableOf('keyed', [0], 25), tableOf('keyless', [], 5)]);
  const keyless = plan.take();
  expect([keyless?.work.table.shape.table, keyless?.closesTable]).toEqual(['keyless', true]);
  expect(plan.take()).toBeUndefined();
  if (keyless !== undefined) plan.finished(keyless);
  const [first, second] = [plan.take(), plan.take()];
  expect(plan.take()).toBeUndefined();
  if (first === undefined || second === undefined) throw new Error();
  plan.finished(second);
  plan.finished(first);
  expect(heapsDone(first.work)).toEqual([
    { oid: 1, fileNode: 7, ranges: [{ fromBlock: 0, toBlock: 20 }] },
  ]);
  const last = plan.take();
  expect(last?.closesTable).toBe(true);
  if (last !== undefined) plan.finished(last);
  expect(plan.isComplete).toBe(true);
});

test('ranges that touch are joined, gaps stay', () => {
  const range = (fromBlock: number, toBlock: number | null) => ({ fromBlock, toBlock });
  expect(joinRanges([range(20, null), range(0, 5), range(10, 20), range(5, 8)])).toEqual([
    range(0, 8),
    range(10, null),
  ]);
});

test('markers tell the first row of the snapshot and of a table, and the last of a table and of the snapshot', () => {
  const place = { opensSnapshot: false, opensTable: false, closesTable: false };
  expect(snapshotMarker({ ...place, opensSnapshot: true, opensTable: true }, false)).toBe('first');
  expect(snapshotMarker({ ...place, opensTable: true }, false)).toBe('first_in_data_collection');
  expect(snapshotMarker(place, true)).toBe('true');
  expect(snapshotMarker({ ...place, closesTable: true }, false)).toBe('last_in_data_collection');
  expect(snapshotMarker({ ...place, opensSnapshot: true, closesTable: true }, true)).toBe('last');
});
