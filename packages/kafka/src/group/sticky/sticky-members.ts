import type { MemberSubscription } from '../../assignor.ts';
import type { TopicPartition } from '../../records.ts';
import { keyOf } from '../holdings.ts';
import type { WatchableMember } from '../peers/choose-watched.ts';
import { decodeStickyMember, type StickyMember, type StickyTask } from './sticky-user-data.ts';

/** Topics whose partitions of one number belong together: what one member reads of them it can join. */
export interface CoPartitionGroup {
  /** The same in every member, whatever its version. */
  readonly name: string;
  readonly topics: readonly string[];
  /** Its tasks have state, which is worth more than a position: they are spread first, and have standbys. */
  readonly isStateful?: boolean;
}

/** A group as far as its topics exist. */
export interface TaskGroup {
  readonly name: string;
  readonly isStateful: boolean;
  readonly tasks: readonly Task[];
  /** Who may have its tasks: members that subscribed to every topic of it. */
  readonly candidates: readonly Candidate[];
}

export interface Task extends StickyTask {
  readonly key: string;
  readonly partitions: readonly TopicPartition[];
  /**
   * Who owned it until now: of those who say so whoever was told last, since members that missed a generation
   * still claim what has been given to others (KIP-792).
   */
  readonly owner: Candidate | undefined;
  /** Of its state, those least behind first. */
  readonly copies: readonly StateCopy[];
}

export interface StateCopy {
  readonly candidate: Candidate;
  /** Records. */
  readonly lag: number;
}

/** A member, as the leader sees it. */
export interface Candidate extends WatchableMember {
  readonly topics: ReadonlySet<string>;
  readonly processId: string;
  readonly endpoint?: string;
  /** Keys of the partitions it says it owns, and since which generation it may say so. */
  readonly owned: ReadonlySet<string>;
  readonly generation: number;
  /** By task key, how many records its copy of the state is behind. */
  readonly lags: ReadonlyMap<string, number>;
}

export const taskKey = ({ group, partition }: StickyTask): string => `${group}#${partition}`;

/** A member whose words cannot be read has nothing but its subscription. */
const selfOf = (subscription: MemberSubscription): StickyMember => {
  try {
    return decodeStickyMember(subscription.userData);
  } catch {
    return { processId: subscription.memberId };
  }
};

/** In an order that does not depend on who joined first. */
export const candidatesOf = (members: readonly MemberSubscription[]): Candidate[] =>
  members
    .map((member) => {
      const { processId, endpoint, state = [], peer } = selfOf(member);
      return {
        memberId: member.memberId,
        topics: new Set(member.topics),
        processId,
        ...(endpoint !== undefined && { endpoint }),
        ...(peer !== undefined && { peer }),
        owned: new Set(member.owned.map(keyOf)),
        generation: member.generation,
        lags: new Map(state.map((one) => [taskKey(one), one.lag])),
      };
    })
    .sort((a, b) => (a.memberId < b.memberId ? -1 : 1));

/** Those with state first, then by name; topics of no group are groups of one. */
export const taskGroupsOf = (
  groups: readonly CoPartitionGroup[],
  candidates: readonly Candidate[],
  counts: ReadonlyMap<string, number>,
): TaskGroup[] => {
  const grouped = new Set(groups.flatMap((one) => one.topics));
  const single = [...counts.keys()].filter((topic) => !grouped.has(topic));
  const all = [...groups, ...single.map((topic) => ({ name: topic, topics: [topic] }))];
  return all
    .map(({ name, topics, isStateful = false }: CoPartitionGroup) => {
      const existing = topics.filter((topic) => (counts.get(topic) ?? 0) > 0);
      const able = candidates.filter((one) => existing.every((topic) => one.topics.has(topic)));
      const tasks = tasksOf(name, existing, counts, able);
      return { name, isStateful, tasks, candidates: able };
    })
    .filter((one) => one.tasks.length > 0 && one.candidates.length > 0)
    .sort((a, b) => Number(b.isStateful) - Number(a.isStateful) || (a.name < b.name ? -1 : 1));
};

const tasksOf = (
  group: string,
  topics: readonly string[],
  counts: ReadonlyMap<string, number>,
  candidates: readonly Candidate[],
): Task[] => {
  const length = Math.max(0, ...topics.map((topic) => counts.get(topic)!));
  return Array.from({ length }, (_, partition) => {
    const key = taskKey({ group, partition });
    const partitions = topics
      .filter((topic) => partition < counts.get(topic)!)
      .map((topic) => ({ topic, partition }));
    const keys = partitions.map(keyOf);
    let owner: Candidate | undefined;
    const copies: StateCopy[] = [];
    for (const candidate of candidates) {
      const lag = candidate.lags.get(key);
      if (lag !== undefined) copies.push({ candidate, lag });
      const isNewer = owner === undefined || candidate.generation > owner.generation;
      if (isNewer && keys.some((one) => candidate.owned.has(one))) owner = candidate;
    }
    copies.sort((a, b) => a.lag - b.lag);
    return { group, partition, key, partitions, owner, copies };
  });
};
