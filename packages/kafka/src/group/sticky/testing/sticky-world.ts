import type { Assignor, MemberSubscription } from '../../../assignor.ts';
import type { TopicPartition } from '../../../records.ts';
import { createStickyAssignor, type StickyAssignorOptions } from '../create-sticky-assignor.ts';
import { taskKey } from '../sticky-members.ts';
import {
  decodeStickyAssignment,
  encodeStickyMember,
  type StickyTask,
} from '../sticky-user-data.ts';

/** A group whose members do as they are told: each change is followed by the rebalance it causes. For tests only. */
export interface World {
  readonly assignor: Assignor;
  readonly counts: Map<string, number>;
  /** By member, in order of joining. */
  readonly owned: Map<string, readonly TopicPartition[]>;
  readonly standbys: Map<string, readonly string[]>;
  readonly warmups: Map<string, readonly string[]>;
  /** Tasks of the groups, by key. */
  tasksOf(memberId: string): string[];
  processOf(memberId: string): string;
  subscriptions(): MemberSubscription[];
  join(options?: { readonly process?: string }): string;
  joinTogether(count: number): void;
  leave(memberId: string): void;
  grow(topic: string): void;
  rebalance(): void;
  /** Whatever was being restored is at hand. */
  ready(): void;
  /** Rebalances until nothing warms up any more. */
  settle(): void;
}

export const createWorld = (
  counts: Readonly<Record<string, number>>,
  options: StickyAssignorOptions,
): World => {
  const assignor = createStickyAssignor(options);
  const groupOf = new Map(
    (options.groups ?? []).flatMap((group) => group.topics.map((topic) => [topic, group.name])),
  );
  const processes = new Map<string, string>();
  const lags = new Map<string, Map<string, number>>();
  const tasks = new Map<string, StickyTask>();
  let generation = 0;
  let joined = 0;

  const enter = (process?: string): string => {
    const memberId = `m${joined++}`;
    world.owned.set(memberId, []);
    processes.set(memberId, process ?? memberId);
    lags.set(memberId, new Map());
    return memberId;
  };

  const world: World = {
    assignor,
    counts: new Map(Object.entries(counts)),
    owned: new Map(),
    standbys: new Map(),
    warmups: new Map(),
    processOf: (memberId) => processes.get(memberId)!,
    tasksOf: (memberId) => [
      ...new Set(
        world.owned
          .get(memberId)!
          .map(({ topic, partition }) =>
            taskKey({ group: groupOf.get(topic) ?? topic, partition }),
          ),
      ),
    ],
    subscriptions: () =>
      [...world.owned].map(([memberId, owned]) => ({
        ...{ memberId, topics: [...world.counts.keys()], owned, generation },
        userData: encodeStickyMember({
          processId: processes.get(memberId)!,
          endpoint: `http://${memberId}`,
          state: [...lags.get(memberId)!].map(([key, lag]) => ({ ...tasks.get(key)!, lag })),
        }),
      })),
    rebalance() {
      const dealt = assignor.assign(world.subscriptions(), world.counts);
      generation += 1;
      for (const memberId of world.owned.keys()) {
        const { partitions, userData } = dealt.get(memberId)!;
        const { standby, warmup } = decodeStickyAssignment(userData!);
        for (const task of [...standby, ...warmup]) {
          tasks.set(taskKey(task), task);
          const own = lags.get(memberId)!;
          if (!own.has(taskKey(task))) own.set(taskKey(task), Number.MAX_SAFE_INTEGER);
        }
        world.owned.set(memberId, partitions);
        world.standbys.set(memberId, standby.map(taskKey));
        world.warmups.set(memberId, warmup.map(taskKey));
      }
    },
    join({ process } = {}) {
      const memberId = enter(process);
      world.rebalance();
      return memberId;
    },
    joinTogether(count) {
      for (let left = count; left > 0; left -= 1) enter();
      world.rebalance();
    },
    leave(memberId) {
      for (const map of [world.owned, world.standbys, world.warmups]) map.delete(memberId);
      world.rebalance();
    },
    grow(topic) {
      world.counts.set(topic, world.counts.get(topic)! + 1);
      world.rebalance();
    },
    ready() {
      for (const own of lags.values()) for (const key of own.keys()) own.set(key, 0);
    },
    settle() {
      do {
        world.ready();
        world.rebalance();
      } while ([...world.warmups.values()].flat().length > 0);
      world.ready();
      world.rebalance();
    },
  };
  return world;
};
