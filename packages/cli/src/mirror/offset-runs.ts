/**
 * Which offset of the source is which offset of the copy, as runs of records that lie side by side in both. Exact: a copy
 * has other gaps than its source, because markers of transactions and aborted records are not copied. No I/O.
 */
import type { ProducedPart } from '@millrace/kafka';

/** `[offset in the source, offset in the copy, records]`: so many records follow each other in both logs. */
export type OffsetRun = readonly [source: number, copy: number, count: number];

/** How the records at these source offsets, ascending, landed in the parts that the producer tells. */
export function runsOf(
  sourceOffsets: readonly number[],
  parts: readonly ProducedPart[],
): readonly OffsetRun[] {
  const runs: [number, number, number][] = [];
  let index = 0;
  for (const { baseOffset, count } of parts) {
    for (let place = 0; place < count; place += 1, index += 1) {
      const [source, copy] = [sourceOffsets[index]!, baseOffset + place];
      const last = runs.at(-1);
      if (last && last[0] + last[2] === source && last[1] + last[2] === copy) last[2] += 1;
      else runs.push([source, copy, 1]);
    }
  }
  return runs;
}

/** Runs of one partition in ascending order, with those that go on merged. */
export function joinRuns(runs: readonly OffsetRun[]): readonly OffsetRun[] {
  const joined: [number, number, number][] = [];
  for (const [source, copy, count] of runs) {
    const last = joined.at(-1);
    if (last && last[0] + last[2] === source && last[1] + last[2] === copy) last[2] += count;
    else joined.push([source, copy, count]);
  }
  return joined;
}

/**
 * Where a reader goes on in the copy that stands at `offset` in the source: at the copy of the first record that it has
 * not read. Undefined where the runs do not reach back so far; with `isWhole` they begin where the copy does.
 */
export function copyOffset(
  runs: readonly OffsetRun[],
  offset: number,
  isWhole: boolean,
): number | undefined {
  const first = runs[0];
  if (first === undefined) return undefined;
  if (offset < first[0]) return isWhole ? first[1] : undefined;
  let [low, high] = [0, runs.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (runs[middle]![0] <= offset) low = middle;
    else high = middle - 1;
  }
  const [source, copy, count] = runs[low]!;
  if (offset < source + count) return copy + offset - source;
  // In a gap of the source: the next record that was copied, or the end of the copy.
  return runs[low + 1]?.[1] ?? copy + count;
}

/** The source offsets that the runs hold within `[from, to]`. */
export function* copiedOffsets(
  runs: readonly OffsetRun[],
  from: number,
  to: number,
): Generator<number, void, void> {
  for (const [source, , count] of runs) {
    const end = Math.min(source + count - 1, to);
    for (let offset = Math.max(source, from); offset <= end; offset += 1) yield offset;
  }
}
