import { spreadExtras } from './spread-extras.ts';
import type { Candidate, Task, TaskGroup } from './sticky-members.ts';

/**
 * Which member works on which task, by task key. Members' numbers of tasks differ by one at most, of each group
 * and in all, those with state for themselves first; and among the ways to do that it takes one in which as
 * few tasks as possible change their owner.
 */
export type Placement = Map<string, Candidate>;

export interface PlacementRules {
  /** A copy of the state that is behind by so many records at most can be taken over at once. */
  readonly acceptableLag: number;
}

export const placeActive = (
  groups: readonly TaskGroup[],
  candidates: readonly Candidate[],
  rules: PlacementRules,
): Placement => {
  const placed: Placement = new Map();
  const load = new Map<Candidate, number>(candidates.map((one) => [one, 0]));
  // Stateful ones first and by themselves: what comes then evens out what they left.
  for (const isStateful of [true, false]) {
    const tier = groups.filter((one) => one.isStateful === isStateful);
    for (const [group, seats] of seatsOf(tier, candidates, load, rules)) {
      for (const [task, candidate] of seat(group, seats, rules)) {
        placed.set(task.key, candidate);
        load.set(candidate, load.get(candidate)! + 1);
      }
    }
  }
  return placed;
};

type Seats = ReadonlyMap<Candidate, number>;

/** Who could take the task over at once. */
export const caughtUp = (task: Task, { acceptableLag }: PlacementRules): readonly Candidate[] =>
  task.copies.filter(({ lag }) => lag <= acceptableLag).map(({ candidate }) => candidate);

/** How many tasks of each group a member has. */
const seatsOf = (
  groups: readonly TaskGroup[],
  candidates: readonly Candidate[],
  loadBefore: ReadonlyMap<Candidate, number>,
  rules: PlacementRules,
): ReadonlyMap<TaskGroup, Seats> => {
  const load = new Map(loadBefore);
  const shares = groups.map((group) => Math.floor(group.tasks.length / group.candidates.length));
  groups.forEach((group, index) => {
    for (const one of group.candidates) load.set(one, load.get(one)! + shares[index]!);
  });
  const processes = [...new Set(candidates.map((one) => one.processId))];
  const extra = spreadExtras({
    extras: groups.map(
      (group, index) => group.tasks.length - shares[index]! * group.candidates.length,
    ),
    worth: groups.map((group, index) => worthOf(group, shares[index]!, candidates, rules)),
    load: candidates.map((one) => load.get(one)!),
    process: candidates.map((one) => processes.indexOf(one.processId)),
  });
  return new Map(
    groups.map((group, index) => [
      group,
      new Map(
        candidates.map((one, at) => [one, shares[index]! + (extra[index]![at] === true ? 1 : 0)]),
      ),
    ]),
  );
};

/**
 * What a seat more than its share is worth to each member: a task that stays; or one whose owner is gone, and of
 * which it has the copy that is least behind, or one that will do.
 */
const worthOf = (
  group: TaskGroup,
  share: number,
  candidates: readonly Candidate[],
  rules: PlacementRules,
): (number | undefined)[] => {
  const count = (members: readonly (Candidate | undefined)[]) => {
    const counts = new Map(group.candidates.map((one) => [one, 0]));
    for (const one of members) if (one) counts.set(one, counts.get(one)! + 1);
    return counts;
  };
  const orphans = group.tasks.filter((task) => task.owner === undefined);
  const owned = count(group.tasks.map((task) => task.owner));
  const ready = count(orphans.flatMap((task) => caughtUp(task, rules)));
  const foremost = count(
    orphans
      .flatMap((task) => {
        const least = task.copies[0]?.lag ?? Number.POSITIVE_INFINITY;
        return task.copies.filter(({ lag }) => lag === least && lag <= rules.acceptableLag);
      })
      .map(({ candidate }) => candidate),
  );
  return candidates.map((one) => {
    const own = owned.get(one);
    if (own === undefined) return undefined;
    if (own > share) return 3;
    if (own + foremost.get(one)! > share) return 2;
    return own + ready.get(one)! > share ? 1 : 0;
  });
};

/** Who has a task stays on it as far as seats go; then whoever has the state of it, then the rest. */
const seat = (group: TaskGroup, seats: Seats, rules: PlacementRules): Map<Task, Candidate> => {
  const seated = new Map<Task, Candidate>();
  const free = new Map(group.candidates.map((one) => [one, seats.get(one)!]));
  const take = (task: Task, candidate: Candidate) => {
    seated.set(task, candidate);
    free.set(candidate, free.get(candidate)! - 1);
  };
  // Where not all can stay, those go that another member has the state of.
  const isReadyElsewhere = new Map(
    group.tasks.map((task) => [task, caughtUp(task, rules).some((one) => one !== task.owner)]),
  );
  const staying = group.tasks.toSorted(
    (a, b) => Number(isReadyElsewhere.get(a)!) - Number(isReadyElsewhere.get(b)!),
  );
  for (const task of staying) {
    if (task.owner !== undefined && free.get(task.owner)! > 0) take(task, task.owner);
  }
  const copies = group.tasks
    .filter((task) => !seated.has(task))
    .flatMap((task) => task.copies.map((copy) => ({ task, ...copy })))
    .sort((a, b) => a.lag - b.lag);
  for (const { task, candidate } of copies) {
    if (!seated.has(task) && free.get(candidate)! > 0) take(task, candidate);
  }
  for (const task of group.tasks) {
    if (seated.has(task)) continue;
    take(
      task,
      group.candidates.reduce((most, one) => (free.get(one)! > free.get(most)! ? one : most)),
    );
  }
  return seated;
};
