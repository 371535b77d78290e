import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MemberSubscription } from '../../assignor.ts';
import { alignedAssignor } from '../aligned-assignor.ts';
import { createStickyAssignor, type StickyAssignorOptions } from './create-sticky-assignor.ts';
import { decodeStickyAssignment, encodeStickyMember } from './sticky-user-data.ts';
import { createWorld, type World } from './testing/sticky-world.ts';

const worldOf = (
  counts: Readonly<Record<string, number>>,
  options: StickyAssignorOptions = {},
): World => createWorld(counts, options);

const stage = (name: string, ...topics: string[]) => ({ name, topics });
const stateful = (name: string, ...topics: string[]) => ({ name, topics, isStateful: true });

/** Numbers of partitions that the tasks of a topic have, by member. */
const loads = (world: World, topic?: string): number[] =>
  [...world.owned.values()].map(
    (partitions) => partitions.filter((one) => topic === undefined || one.topic === topic).length,
  );
const difference = (numbers: readonly number[]) => Math.max(...numbers) - Math.min(...numbers);

/** What happens to a group: members join and leave, topics grow. */
const histories = fc.array(
  fc.oneof(
    fc.constant('join' as const),
    fc.nat({ max: 9 }).map((index) => ({ leaves: index })),
    fc.constantFrom('a', 'b', 'c').map((topic) => ({ grows: topic })),
  ),
  { maxLength: 8 },
);
const topicCounts = fc.record({
  ...{ a: fc.integer({ min: 1, max: 9 }), b: fc.integer({ min: 1, max: 9 }) },
  c: fc.integer({ min: 0, max: 9 }),
});

type Event = 'join' | { readonly leaves: number } | { readonly grows: string };

const happen = (world: World, event: Event): void => {
  if (event === 'join') world.join();
  else if ('grows' in event) world.grow(event.grows);
  else if (world.owned.size > 1)
    world.leave([...world.owned.keys()][event.leaves % world.owned.size]!);
};

/** Every way to give extra tasks such that totals are even; how many tasks stay in the best of them. */
const mostThatStays = (
  counts: readonly number[],
  owned: readonly (readonly number[])[],
  members: number,
): number => {
  const shares = counts.map((count) => Math.floor(count / members));
  const choices = counts.map((count, group) =>
    Array.from({ length: 2 ** members }, (_, mask) => mask).filter(
      (mask) => mask.toString(2).replaceAll('0', '').length === count - shares[group]! * members,
    ),
  );
  let best = 0;
  const search = (group: number, totals: readonly number[], stays: number): void => {
    if (group === counts.length) {
      if (difference(totals) <= 1) best = Math.max(best, stays);
      return;
    }
    for (const mask of choices[group]!) {
      const seats = totals.map((_, member) => shares[group]! + ((mask >> member) & 1));
      search(
        group + 1,
        totals.map((total, member) => total + seats[member]!),
        stays +
          seats.reduce((sum, seat, member) => sum + Math.min(seat, owned[group]![member]!), 0),
      );
    }
  };
  search(
    0,
    Array.from({ length: members }, () => 0),
    0,
  );
  return best;
};

describe('the sticky assignor', () => {
  it('gives each partition once, evenly by topic and in all, and moves as little as that allows', () => {
    fc.assert(
      fc.property(topicCounts, histories, (counts, history) => {
        const world = worldOf(counts);
        world.join();
        for (const event of history) {
          const before = new Map(world.owned);
          happen(world, event);
          const topics = [...world.counts.keys()].filter((topic) => world.counts.get(topic)! > 0);
          expect(
            [...world.owned.values()]
              .flat()
              .map((one) => `${one.topic}:${one.partition}`)
              .sort(),
          ).toEqual(
            topics
              .flatMap((topic) =>
                Array.from({ length: world.counts.get(topic)! }, (_, n) => `${topic}:${n}`),
              )
              .sort(),
          );
          for (const topic of topics)
            expect(difference(loads(world, topic))).toBeLessThanOrEqual(1);
          expect(difference(loads(world))).toBeLessThanOrEqual(1);
          const members = [...world.owned.keys()];
          const ownedBefore = topics.map((topic) =>
            members.map((id) => (before.get(id) ?? []).filter((one) => one.topic === topic).length),
          );
          const stayed = members.flatMap((id) =>
            world.owned
              .get(id)!
              .filter((one) =>
                (before.get(id) ?? []).some(
                  (old) => old.topic === one.topic && old.partition === one.partition,
                ),
              ),
          ).length;
          expect(stayed).toBe(
            mostThatStays(
              topics.map((topic) => world.counts.get(topic)!),
              ownedBefore,
              members.length,
            ),
          );
        }
      }),
      { numRuns: 60 },
    );
  });

  it('gives partition n of all topics of a group to one member (T11)', () => {
    fc.assert(
      fc.property(topicCounts, histories, (counts, history) => {
        const world = worldOf(
          { ...counts, b: counts.a },
          { groups: [stateful('joined', 'a', 'b'), stage('alone', 'c')] },
        );
        world.join();
        for (const event of history) {
          happen(world, event);
          world.counts.set('b', world.counts.get('a')!);
          world.rebalance();
          const numbersOf = (id: string, topic: string) =>
            world.owned
              .get(id)!
              .filter((one) => one.topic === topic)
              .map((one) => one.partition)
              .sort();
          for (const id of world.owned.keys()) {
            expect(numbersOf(id, 'a')).toEqual(numbersOf(id, 'b'));
          }
          expect(difference(loads(world, 'a'))).toBeLessThanOrEqual(1);
          expect(
            difference([...world.owned.keys()].map((id) => world.tasksOf(id).length)),
          ).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('answers the same, in whatever order members are listed', () => {
    fc.assert(
      fc.property(topicCounts, histories, fc.func(fc.integer()), (counts, history, rank) => {
        const world = worldOf(counts, { groups: [stateful('s', 'a')], standbys: 1 });
        world.join();
        for (const event of history) happen(world, event);
        const subscriptions = world.subscriptions();
        const shuffled = [...subscriptions].sort((a, b) => rank(a.memberId) - rank(b.memberId));
        expect(world.assignor.assign(shuffled, world.counts)).toEqual(
          world.assignor.assign(subscriptions, world.counts),
        );
      }),
      { numRuns: 25 },
    );
  });

  it('spreads tasks with state first, so that no member has two more of them than another', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 2, max: 4 }),
        (heavy, light, members) => {
          const names = (prefix: string, count: number) =>
            Array.from({ length: count }, (_, index) => `${prefix}${index}`);
          const groups = names('heavy', heavy).map((name) => stateful(name, name));
          const topics = [...names('heavy', heavy), ...names('light', light)];
          const world = worldOf(Object.fromEntries(topics.map((topic) => [topic, 1])), { groups });
          world.joinTogether(members);
          const withState = [...world.owned.values()].map(
            (partitions) => partitions.filter((one) => one.topic.startsWith('heavy')).length,
          );
          expect(difference(withState)).toBeLessThanOrEqual(1);
          expect(difference(loads(world))).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('believes whoever owned a partition last, not a member that missed a generation', () => {
    const assignor = createStickyAssignor();
    const claim = (memberId: string, generation: number): MemberSubscription => ({
      ...{ memberId, topics: ['a'], generation, userData: Buffer.alloc(0) },
      owned: [{ topic: 'a', partition: 0 }],
    });
    const other = { ...claim('m3', 6), owned: [{ topic: 'a', partition: 1 }] };
    const dealt = assignor.assign([claim('m1', 4), claim('m2', 6), other], new Map([['a', 2]]));
    expect(dealt.get('m2')!.partitions).toEqual([{ topic: 'a', partition: 0 }]);
    expect(dealt.get('m3')!.partitions).toEqual([{ topic: 'a', partition: 1 }]);
    expect(dealt.get('m1')!.partitions).toEqual([]);
  });

  it('takes over what members of the older assignor have, and deals with one whose words it cannot read', () => {
    const topics = ['a'];
    const old = { memberId: 'old', topics, owned: [], generation: -1, userData: Buffer.from('?') };
    const young = { ...old, memberId: 'young', userData: Buffer.alloc(0) };
    const counts = new Map([['a', 4]]);
    const before = alignedAssignor.assign([old, young], counts);
    const claiming = [old, young].map((one) => ({
      ...one,
      ...{ owned: before.get(one.memberId)!.partitions, generation: 3 },
    }));
    const after = createStickyAssignor().assign(claiming, counts);
    for (const { memberId, owned } of claiming)
      expect(after.get(memberId)!.partitions).toEqual(owned);
  });

  it('gives a group only to those who subscribed to all of it', () => {
    const assignor = createStickyAssignor({ groups: [stage('ab', 'a', 'b')] });
    const member = (memberId: string, ...topics: string[]): MemberSubscription => ({
      ...{ memberId, topics, owned: [], generation: -1, userData: Buffer.alloc(0) },
    });
    const dealt = assignor.assign(
      [member('m1', 'a'), member('m2', 'a', 'b'), member('m3', 'c')],
      new Map([
        ['a', 2],
        ['b', 2],
        ['c', 1],
      ]),
    );
    expect(dealt.get('m1')!.partitions).toEqual([]);
    expect(dealt.get('m2')!.partitions).toHaveLength(4);
    expect(dealt.get('m3')!.partitions).toEqual([{ topic: 'c', partition: 0 }]);
  });

  it('refuses a topic in two groups', () => {
    const groups = [stage('one', 'a'), stage('two', 'a')];
    expect(() => createStickyAssignor({ groups })).toThrow('topic a is in two groups');
  });
});

describe('state, for the sticky assignor,', () => {
  const groups = [stateful('s', 'a')];

  it('lies on another process than its owner, once for each standby as far as processes go', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 0, max: 3 }),
        fc.array(fc.constantFrom('p1', 'p2', 'p3', 'p4'), { minLength: 1, maxLength: 6 }),
        (partitions, standbys, processes) => {
          const world = worldOf({ a: partitions }, { groups, standbys, warmupsMax: 3 });
          for (const process of processes) world.join({ process });
          for (let partition = 0; partition < partitions; partition += 1) {
            const task = `s#${partition}`;
            const active = [...world.owned.keys()].filter((id) => world.tasksOf(id).includes(task));
            const copies = [...world.standbys]
              .filter(([, tasks]) => tasks.includes(task))
              .map(([id]) => id);
            const warming = [...world.warmups]
              .filter(([, tasks]) => tasks.includes(task))
              .map(([id]) => id);
            expect(active).toHaveLength(1);
            const ofActive = world.processOf(active[0]!);
            expect(copies.map((id) => world.processOf(id))).not.toContain(ofActive);
            expect(new Set(copies.map((id) => world.processOf(id))).size).toBe(copies.length);
            const free =
              new Set(processes).size -
              new Set([...active, ...warming].map((id) => world.processOf(id))).size;
            expect(copies).toHaveLength(Math.min(standbys, free));
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is taken over where a copy of it is at hand when its owner dies', () => {
    const world = worldOf({ a: 6 }, { groups, standbys: 1, warmupsMax: 8 });
    for (let members = 0; members < 3; members += 1) world.join();
    world.settle();
    const dying = [...world.owned.keys()][0]!;
    const orphans = world.tasksOf(dying);
    const copyOf = new Map(
      orphans.map((task) => [
        task,
        [...world.standbys].find(([, tasks]) => tasks.includes(task))![0],
      ]),
    );
    world.leave(dying);
    for (const [task, id] of copyOf) expect(world.tasksOf(id)).toContain(task);
  });

  it('is taken over where the copy is least behind', () => {
    const assignor = createStickyAssignor({ groups });
    const member = (memberId: string, lag: number): MemberSubscription => ({
      ...{ memberId, topics: ['a'], owned: [], generation: -1 },
      userData: encodeStickyMember({
        processId: memberId,
        state: [{ group: 's', partition: 0, lag }],
      }),
    });
    const dealt = assignor.assign([member('m1', 900), member('m2', 4)], new Map([['a', 1]]));
    expect(dealt.get('m2')!.partitions).toHaveLength(1);
  });

  it('keeps a task where it is until the member it goes to has warmed up, and then moves it', () => {
    const world = worldOf({ a: 4 }, { groups, warmupsMax: 1 });
    const first = world.join();
    const second = world.join();
    expect(world.tasksOf(first)).toHaveLength(4);
    expect(world.warmups.get(second)).toHaveLength(1);
    world.settle();
    expect(world.tasksOf(first)).toHaveLength(2);
    expect(world.tasksOf(second)).toHaveLength(2);
    expect([...world.warmups.values()].flat()).toEqual([]);
  });

  it('moves a task at once where nobody has its state, or no warm-up is wanted', () => {
    const cold = worldOf({ a: 4 }, { groups });
    cold.join();
    cold.join();
    expect(loads(cold)).toEqual([2, 2]);
    const fresh = worldOf({ a: 4 }, { groups, warmupsMax: 8 });
    fresh.joinTogether(2);
    expect(loads(fresh)).toEqual([2, 2]);
  });

  it('comes to rest, even and warm, whatever members do', () => {
    fc.assert(
      fc.property(histories, fc.integer({ min: 1, max: 9 }), (history, partitions) => {
        const world = worldOf(
          { a: partitions, b: 3, c: 2 },
          { groups, standbys: 1, warmupsMax: 2 },
        );
        world.join();
        for (const event of history) happen(world, event);
        world.settle();
        expect(difference(loads(world, 'a'))).toBeLessThanOrEqual(1);
        expect(difference(loads(world))).toBeLessThanOrEqual(1);
        const before = new Map(world.owned);
        world.rebalance();
        expect(world.owned).toEqual(before);
      }),
      { numRuns: 40 },
    );
  });

  it('is found through the assignment of every member', () => {
    const world = worldOf({ a: 2 }, { groups, standbys: 1 });
    world.joinTogether(2);
    const [one, two] = [...world.owned.keys()] as [string, string];
    const dealt = world.assignor.assign(world.subscriptions(), world.counts);
    for (const { userData } of dealt.values()) {
      const { hosts } = decodeStickyAssignment(userData!);
      expect(hosts).toEqual([
        {
          endpoint: `http://${one}`,
          active: [{ group: 's', partition: 0 }],
          standby: [{ group: 's', partition: 1 }],
        },
        {
          endpoint: `http://${two}`,
          active: [{ group: 's', partition: 1 }],
          standby: [{ group: 's', partition: 0 }],
        },
      ]);
    }
  });
});
