/** All groups that the cluster knows, each with its members and what it has committed by topic. Kept from round to round. */
import type { OffsetTaker, PartitionLayout, WatchedGroup, WatchedMember } from '@millrace/kafka';
import type { LagState } from '@millrace/operations';
import { createGroupTopic, type GroupTopic, graverState, type Weights } from './group-topic.ts';
import { createLagTrend, type LagTrend } from './lag-trend.ts';

export interface GroupEntry {
  readonly groupId: string;
  /** As the brokers listed it last. */
  listed: WatchedGroup;
  members: readonly WatchedMember[];
  /** Round in which its members were asked for last. */
  describedIn: number;
  readonly topics: Map<string, GroupTopic>;
  readonly trend: LagTrend;
  /** It had members or committed something since the service watches, or shortly before. */
  isKnownAlive: boolean;
  records: number;
  ageMs: number;
  consumedPerSecond: number;
  state: LagState;
}

export interface GroupBook {
  readonly groups: ReadonlyMap<string, GroupEntry>;
  /** @param isWhole every broker told: groups that are not listed are gone */
  list(groups: readonly WatchedGroup[], isWhole: boolean): void;
  /** Another layout: topics that are gone or were made again are forgotten. */
  follow(layout: PartitionLayout): void;
  /** What takes the offsets of one round; topics outside the layout are counted and left out. */
  taker(layout: PartitionLayout): {
    take(groupId: string, topic: string): OffsetTaker | undefined;
    /** Forgets topics of these groups that were not in their answers. Returns how many topics had no place. */
    end(told: ReadonlySet<string>): number;
  };
  /** Weighs the groups that were told of. */
  weigh(
    told: ReadonlySet<string>,
    weights: Omit<Weights, 'hasMembers' | 'lookAt'>,
    lookAt: (topic: GroupTopic, partition: number, offset: number) => void,
  ): void;
}

export const hasMembers = ({ listed }: GroupEntry): boolean =>
  listed.state !== 'Empty' && listed.state !== 'Dead';

const entryOf = (listed: WatchedGroup, isKnownAlive: boolean): GroupEntry => ({
  ...{ groupId: listed.groupId, listed, members: [], describedIn: Number.NEGATIVE_INFINITY },
  ...{ topics: new Map(), trend: createLagTrend(), isKnownAlive },
  ...{ records: 0, ageMs: Number.NaN, consumedPerSecond: 0, state: 'unknown' },
});

/** Nobody is there: with nothing left to do, or of a group that was not alive while the service watched. */
const stateOf = (entry: GroupEntry, ofTopics: LagState): LagState => {
  if (hasMembers(entry) || !['ok', 'stopped'].includes(ofTopics)) return ofTopics;
  return ofTopics === 'ok' || !entry.isKnownAlive ? 'empty' : 'stopped';
};

const addUp = (entry: GroupEntry, atMs: number): void => {
  Object.assign(entry, { records: 0, ageMs: Number.NaN, consumedPerSecond: 0 });
  let state: LagState = 'ok';
  for (const { totals } of entry.topics.values()) {
    entry.records += totals.records;
    if (totals.ageMs >= 0 && !(entry.ageMs >= totals.ageMs)) entry.ageMs = totals.ageMs;
    if (totals.consumedPerSecond > 0) entry.consumedPerSecond += totals.consumedPerSecond;
    entry.isKnownAlive ||= totals.hasMoved;
    state = graverState(state, totals.state);
  }
  entry.isKnownAlive ||= hasMembers(entry);
  entry.state = stateOf(entry, state);
  entry.trend.add(atMs, entry.records);
};

/** @param wasAlive groups that were alive before the service began to watch */
export const createGroupBook = (wasAlive: (groupId: string) => boolean): GroupBook => {
  const groups = new Map<string, GroupEntry>();

  const topicOf = (entry: GroupEntry, layout: PartitionLayout, topic: string) => {
    const known = entry.topics.get(topic);
    if (known !== undefined) return known;
    const place = layout.topics.get(topic);
    if (place === undefined) return undefined;
    const made = createGroupTopic(place);
    entry.topics.set(topic, made);
    return made;
  };

  return {
    groups,
    list(listed, isWhole) {
      const names = new Set<string>();
      for (const one of listed) {
        names.add(one.groupId);
        const known = groups.get(one.groupId);
        if (known === undefined) groups.set(one.groupId, entryOf(one, wasAlive(one.groupId)));
        else known.listed = one;
      }
      if (!isWhole) return;
      for (const groupId of groups.keys()) if (!names.has(groupId)) groups.delete(groupId);
    },
    follow(layout) {
      for (const { topics } of groups.values())
        for (const [name, topic] of topics) {
          const place = layout.topics.get(name);
          const { topicId, partitions } = topic.place;
          if (place?.topicId === topicId && place.partitions === partitions) topic.move(place);
          else topics.delete(name);
        }
    },
    taker(layout) {
      const told = new Map<string, Set<string>>();
      let placeless = 0;
      return {
        take(groupId, topic) {
          const entry = groups.get(groupId);
          if (entry === undefined) return undefined;
          const found = topicOf(entry, layout, topic);
          if (found === undefined) placeless += 1;
          else {
            const names = told.get(groupId);
            if (names === undefined) told.set(groupId, new Set([topic]));
            else names.add(topic);
            found.incoming.fill(Number.NaN);
          }
          const incoming = found?.incoming;
          return incoming === undefined
            ? undefined
            : (partition, offset) => {
                if (partition < incoming.length) incoming[partition] = offset;
              };
        },
        end(groupIds) {
          for (const groupId of groupIds) {
            const names = told.get(groupId);
            const topics = groups.get(groupId)?.topics;
            for (const name of topics?.keys() ?? [])
              if (names?.has(name) !== true) topics?.delete(name);
          }
          return placeless;
        },
      };
    },
    weigh(told, weights, lookAt) {
      for (const groupId of told) {
        const entry = groups.get(groupId);
        if (entry === undefined) continue;
        const isHeld = hasMembers(entry);
        for (const topic of entry.topics.values())
          topic.weigh({
            ...{ ...weights, hasMembers: isHeld },
            lookAt: (partition, offset) => lookAt(topic, partition, offset),
          });
        addUp(entry, weights.atMs);
      }
    },
  };
};
