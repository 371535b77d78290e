import { expect, test } from 'vitest';
import type { CapturedTable } from '../captured-table.ts';
import type { Heap } from './chunks.ts';
import { chunksOf } from './chunks.ts';
import { createSnapshotPlan, heapsDone, snapshotMarker } from './snapshot-plan.ts';
import { joinRanges } from './table-progress.ts';

const heapOf = (blocks: number): Heap => ({ oid: 1, name: '"t"', blocks, fileNode: 7 });
const tableOf = (table: string, keyColumns: readonly number[], blocks: number) => ({
  table: { shape: { schema: 's', table, columns: [], keyColumns } } as unknown as CapturedTable,
  chunks: chunksOf([heapOf(blocks)], 10 * 8192),
  condition: undefined,
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

test('tables without a key come first; the last chunk of a table waits for its others, that of the last for all', () => {
  const plan = createSnapshotPlan([tableOf('keyed', [0], 25), tableOf('keyless', [], 5)]);
  expect(plan.keylessLeft).toBe(true);
  const keyless = plan.take();
  expect([keyless?.work.table.shape.table, keyless?.closesTable]).toEqual(['keyless', true]);
  const [first, second] = [plan.take(), plan.take()];
  expect(plan.take()).toBeUndefined();
  if (keyless === undefined || first === undefined || second === undefined) throw new Error();
  plan.finished(second);
  plan.finished(first);
  expect(heapsDone(first.work)).toEqual([
    { oid: 1, fileNode: 7, ranges: [{ fromBlock: 0, toBlock: 20 }] },
  ]);
  expect(plan.take()).toBeUndefined();
  plan.finished(keyless);
  expect(plan.keylessLeft).toBe(false);
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
