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
  const load = (one: Candidate) => placed.get(one)?.length ?? 0;
  const loadOfProcess = (processId: string) =>
    [...placed].reduce(
      (sum, [one, tasks]) => sum + (one.processId === processId ? tasks.length : 0),
      0,
    );
  for (const group of groups.filter((one) => one.isStateful)) {
    const most = Math.ceil((group.tasks.length * standbys) / group.candidates.length);
    const before = new Map(group.candidates.map((one) => [one, load(one)]));
    for (const task of group.tasks) {
      const busy = new Set([active.get(task.key)!.processId]);
      for (const [one, tasks] of warming) if (tasks.includes(task)) busy.add(one.processId);
      for (let copy = 0; copy < standbys; copy += 1) {
        const able = group.candidates.filter((one) => !busy.has(one.processId));
        if (able.length === 0) break;
        const isSticky = (one: Candidate) =>
          one.lags.has(task.key) && load(one) - before.get(one)! < most;
        const rank = (one: Candidate): readonly number[] =>
          isSticky(one)
            ? [0, one.lags.get(task.key)!, load(one)]
            : [1, loadOfProcess(one.processId), load(one)];
        const chosen = able.reduce((best, one) => (isBefore(rank(one), rank(best)) ? one : best));
        placed.set(chosen, [...(placed.get(chosen) ?? []), task]);
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
