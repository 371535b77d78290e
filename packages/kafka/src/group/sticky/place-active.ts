import { spreadExtras } from './spread-extras.ts';
import { type Candidate, ownerOf, type Task, type TaskGroup } from './sticky-members.ts';

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

const lagOf = (candidate: Candidate, task: Task): number =>
  candidate.lags.get(task.key) ?? Number.POSITIVE_INFINITY;

const leastLag = (group: TaskGroup, task: Task): number =>
  Math.min(...group.candidates.map((one) => lagOf(one, task)));

/** Whether it could take the task over at once. */
export const isCaughtUp = (
  candidate: Candidate,
  task: Task,
  { acceptableLag }: PlacementRules,
): boolean => lagOf(candidate, task) <= acceptableLag;

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

/** What a seat more than its share is worth to each member: a task that stays, or one it has the state of. */
const worthOf = (
  group: TaskGroup,
  share: number,
  candidates: readonly Candidate[],
  rules: PlacementRules,
): (number | undefined)[] => {
  const able = new Set(group.candidates);
  const owners = group.tasks.map((task) => ownerOf(task, group));
  return candidates.map((candidate) => {
    if (!able.has(candidate)) return undefined;
    const owned = owners.filter((owner) => owner === candidate).length;
    if (owned > share) return 3;
    const orphans = group.tasks.filter((_, at) => owners[at] === undefined);
    const ready = orphans.filter((task) => isCaughtUp(candidate, task, rules));
    const foremost = ready.filter((task) => lagOf(candidate, task) === leastLag(group, task));
    if (owned + foremost.length > share) return 2;
    return owned + ready.length > share ? 1 : 0;
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
  const owners = new Map(group.tasks.map((task) => [task, ownerOf(task, group)]));
  for (const candidate of group.candidates) {
    const owned = group.tasks.filter((task) => owners.get(task) === candidate);
    // Those go that another has the state of.
    const isReadyElsewhere = (task: Task) =>
      group.candidates.some((one) => one !== candidate && isCaughtUp(one, task, rules));
    const inOrder = owned.sort(
      (a, b) =>
        Number(isReadyElsewhere(a)) - Number(isReadyElsewhere(b)) || a.partition - b.partition,
    );
    for (const task of inOrder.slice(0, free.get(candidate))) take(task, candidate);
  }
  const ready = group.tasks
    .flatMap((task) =>
      group.candidates.map((candidate) => ({ task, candidate, lag: candidate.lags.get(task.key) })),
    )
    .filter((one) => one.lag !== undefined)
    .sort((a, b) => a.lag! - b.lag!);
  for (const { task, candidate } of ready) {
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
