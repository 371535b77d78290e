import type { Placement } from './place-active.ts';
import type { Candidate, Task, TaskGroup } from './sticky-members.ts';

/**
 * Who keeps a copy of the state of which tasks: each copy in a process of its own, which is not the one that
 * works on the task, nor one that warms it up. With too few processes there are fewer copies.
 */
export const placeStandbys = (
  groups: readonly TaskGroup[],
  active: Placement,
  warming: ReadonlyMap<Candidate, readonly Task[]>,
  standbys: number,
): ReadonlyMap<Candidate, readonly Task[]> => {
  const placed = new Map<Candidate, Task[]>();
  if (standbys === 0) return placed;
  const ofProcess = new Map<string, number>();
  const load = (one: Candidate) => placed.get(one)?.length ?? 0;
  for (const group of groups.filter((one) => one.isStateful)) {
    const most = Math.ceil((group.tasks.length * standbys) / group.candidates.length);
    const before = new Map(group.candidates.map((one) => [one, load(one)]));
    const warmers = Map.groupBy(
      [...warming].flatMap(([one, tasks]) => tasks.map((task) => ({ one, task }))),
      ({ task }) => task,
    );
    for (const task of group.tasks) {
      const lags = new Map(task.copies.map(({ candidate, lag }) => [candidate, lag]));
      const rank = (one: Candidate): readonly number[] => {
        const lag = lags.get(one);
        // Who has a copy keeps it, as long as that is no more than its share.
        return lag !== undefined && load(one) - before.get(one)! < most
          ? [0, lag, load(one)]
          : [1, ofProcess.get(one.processId) ?? 0, load(one)];
      };
      const busy = new Set([active.get(task.key)!.processId]);
      for (const { one } of warmers.get(task) ?? []) busy.add(one.processId);
      for (let copy = 0; copy < standbys; copy += 1) {
        const able = group.candidates.filter((one) => !busy.has(one.processId));
        if (able.length === 0) break;
        const chosen = able.reduce((best, one) => (isBefore(rank(one), rank(best)) ? one : best));
        placed.set(chosen, [...(placed.get(chosen) ?? []), task]);
        ofProcess.set(chosen.processId, (ofProcess.get(chosen.processId) ?? 0) + 1);
        busy.add(chosen.processId);
      }
    }
  }
  return placed;
};

const isBefore = (a: readonly number[], b: readonly number[]): boolean => {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at >= 0 && a[at]! < b[at]!;
};
