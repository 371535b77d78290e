import { caughtUp, type Placement, type PlacementRules } from './place-active.ts';
import type { Candidate, Task, TaskGroup } from './sticky-members.ts';

/**
 * A task with state is not moved to a member that would have to restore it first, as long as there is one that
 * need not: it stays there, and the other one warms up. What moved at once would stand still for the time of a
 * restore. The idea is Kafka Streams' (KIP-441); here the member asks for the task when it is ready.
 */
export interface WarmUpRules extends PlacementRules {
  /** How many tasks warm up at the same time; 0: tasks move at once. */
  readonly warmupsMax: number;
}

/** Changes the placement; answers who warms up which tasks. */
export const holdBackCold = (
  groups: readonly TaskGroup[],
  placed: Placement,
  rules: WarmUpRules,
): ReadonlyMap<Candidate, readonly Task[]> => {
  const warming = new Map<Candidate, Task[]>();
  if (rules.warmupsMax === 0) return warming;
  const load = new Map<Candidate, number>();
  const count = (one: Candidate, by: number) => load.set(one, (load.get(one) ?? 0) + by);
  for (const candidate of placed.values()) count(candidate, 1);
  let left = rules.warmupsMax;
  for (const group of groups.filter((one) => one.isStateful)) {
    for (const task of group.tasks) {
      const target = placed.get(task.key)!;
      const { owner } = task;
      const ready = [...(owner ? [owner] : []), ...caughtUp(task, rules)];
      if (ready.length === 0 || ready.includes(target)) continue;
      const least = (a: Candidate, b: Candidate) =>
        (load.get(b) ?? 0) < (load.get(a) ?? 0) ? b : a;
      const stays = owner ?? ready.reduce(least);
      placed.set(task.key, stays);
      count(target, -1);
      count(stays, 1);
      if (left === 0) continue;
      left -= 1;
      warming.set(target, [...(warming.get(target) ?? []), task]);
    }
  }
  return warming;
};
