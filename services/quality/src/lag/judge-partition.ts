/**
 * What the commits of a window say of a group on one partition: Burrow's rules (caching.go, evaluate…), in an order of our own,
 * because we ask for offsets and do not read the commits: a commit of the same offset and no commit look alike. What tells a
 * group that hangs from one that is gone is whether it has members. Ends are those for readers of committed records, and
 * markers at the end are taken off before: a group that has read all is at 0.
 */
import type { LagState } from '@millrace/operations';

/** Samples of a window, oldest first; NaN in front of those that there are. */
export const SAMPLES = 10;

export interface CommitWindow {
  readonly committed: Float64Array;
  /** Records behind at that moment. */
  readonly lag: Float64Array;
  /** Of the partition's row: its samples are the `SAMPLES` from here. */
  readonly from: number;
}

/** Only of a partition on which the group has committed. */
export const judgePartition = (
  { committed, lag, from }: CommitWindow,
  hasMembers: boolean,
): LagState => {
  const last = from + SAMPLES - 1;
  if (lag[last] === 0) return 'ok';
  if (Number.isNaN(lag[last])) return 'unknown';
  let first = from;
  while (Number.isNaN(committed[first]!)) first += 1;
  let highest = committed[first]!;
  let wasDone = lag[first] === 0;
  let grewLess = false;
  for (let at = first + 1; at <= last; at += 1) {
    highest = Math.max(highest, committed[at]!);
    wasDone ||= lag[at] === 0;
    grewLess ||= lag[at]! < lag[at - 1]!;
  }
  // back, and not yet where it was
  if (committed[last]! < highest) return 'rewound';
  if (wasDone) return 'ok';
  const hasMoved = committed[last]! !== committed[first]!;
  const isWhole = first === from;
  if (!isWhole) return hasMoved ? 'ok' : 'unknown';
  if (!hasMoved) return hasMembers ? 'stalled' : 'stopped';
  return grewLess ? 'ok' : 'behind';
};
