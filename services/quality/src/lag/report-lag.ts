/** What a round found, in the words of the API. */
import {
  type ConditionState,
  type GroupLag,
  gravest,
  type LagReport,
  type LagState,
  type PartitionLag,
  type TopicLag,
} from '@millrace/operations';
import { type GroupEntry, hasMembers } from './group-book.ts';
import { type GroupTopic, graverState } from './group-topic.ts';
import type { KnownGroups } from './known-groups.ts';
import { secondsToClear } from './lag-trend.ts';
import type { LagSight } from './lag-watcher.ts';

/** More partitions than this are told for one group at a time. */
const PARTITIONS_MAX = 2000;
const BAD_TIMES = 10;

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);
const seconds = (ageMs: number): number | null =>
  Number.isNaN(ageMs) ? null : Math.round(ageMs) / 1000;

const stateConditions: Readonly<Record<LagState, ConditionState>> = {
  ...{ ok: 'ok', empty: 'ok', behind: 'warn', rewound: 'warn' },
  ...{ stalled: 'bad', stopped: 'bad', unknown: 'unknown' },
};

/** The graver of a state and an age, seconds: late is a warning, ten times as late is bad. */
export const lagCondition = (
  state: LagState,
  seconds: number,
  secondsMax: number,
): ConditionState => {
  const ofState = stateConditions[state];
  if (ofState === 'bad' || state === 'empty' || !(seconds > secondsMax)) return ofState;
  return seconds > secondsMax * BAD_TIMES ? 'bad' : 'warn';
};

const groupCondition = ({ state, topics, groupId }: GroupEntry, known: KnownGroups) =>
  gravest(
    state === 'empty'
      ? []
      : [
          stateConditions[state],
          ...[...topics].map(([topic, { totals }]) =>
            lagCondition(totals.state, totals.ageMs / 1000, known.secondsMax(groupId, topic)),
          ),
        ],
  );

const topicLag = (topic: string, { place, totals }: GroupTopic): TopicLag => ({
  ...{ topic, partitions: place.partitions, records: totals.records, state: totals.state },
  seconds: seconds(totals.ageMs),
  consumedPerSecond: orNull(totals.consumedPerSecond) ?? 0,
});

/** By `topic/partition`. */
const ownersOf = ({ members }: GroupEntry): ReadonlyMap<string, string> =>
  new Map(
    members.flatMap(({ memberId, partitions }) =>
      [...partitions].flatMap(([topic, own]) =>
        own.map((partition) => [`${topic}/${partition}`, memberId] as const),
      ),
    ),
  );

const partitionLags = (entry: GroupEntry, { layout, samples, lows }: LagSight): PartitionLag[] => {
  const owners = ownersOf(entry);
  const lags: PartitionLag[] = [];
  for (const topic of topicsOf(entry)) {
    const place = layout.topics.get(topic);
    const found = entry.topics.get(topic);
    for (let partition = 0; partition < (place?.partitions ?? 0); partition += 1) {
      const member = owners.get(`${topic}/${partition}`) ?? null;
      const committed = orNull(found?.committed[partition] ?? Number.NaN);
      if (committed === null && member === null) continue;
      const index = place!.first + partition;
      const end = orNull(samples.now[index]!) ?? 0;
      const isEmpty = committed === null && end === lows[index];
      lags.push({
        ...{ topic, partition, committed, end, member },
        records: isEmpty ? 0 : orNull(found?.records[partition] ?? Number.NaN),
        seconds: isEmpty ? 0 : seconds(found?.ageMs[partition] ?? Number.NaN),
        state: isEmpty ? 'ok' : (found?.state(partition) ?? 'unknown'),
      });
    }
  }
  return lags;
};

const topicsOf = (entry: GroupEntry): readonly string[] => {
  const dealt = entry.members.flatMap(({ partitions }) => [...partitions.keys()]);
  return [...new Set([...entry.topics.keys(), ...dealt])].sort();
};

const groupLag = (
  entry: GroupEntry,
  known: KnownGroups,
  partitions: readonly PartitionLag[],
): GroupLag => {
  const { groupId, records, state, consumedPerSecond } = entry;
  const topics = topicsOf(entry);
  const trendPerSecond = entry.trend.perSecond();
  return {
    ...{ group: groupId, service: known.service(groupId), topics, records, state, partitions },
    members: membersOf(entry),
    topicLags: [...entry.topics].map(([topic, found]) => topicLag(topic, found)),
    seconds: seconds(entry.ageMs),
    condition: groupCondition(entry, known),
    secondsMax: Math.min(...topics.map((topic) => known.secondsMax(groupId, topic))),
    ...{ trendPerSecond, consumedPerSecond },
    clearSeconds: secondsToClear(records, trendPerSecond),
  };
};

/** Who reads what, and nothing of how far: a small part of the report's cost. */
export interface TopicReaders {
  readonly atMs: number;
  readonly groups: readonly Pick<GroupLag, 'group' | 'service' | 'members' | 'topics'>[];
}

const membersOf = (entry: GroupEntry): number =>
  hasMembers(entry) ? Math.max(1, entry.members.length) : 0;

export const readersOf = ({ atMs, groups }: LagSight, known: KnownGroups): TopicReaders => ({
  atMs,
  groups: [...groups.values()].filter(readsTopics).map((entry) => ({
    ...{ group: entry.groupId, service: known.service(entry.groupId) },
    ...{ members: membersOf(entry), topics: topicsOf(entry) },
  })),
});

/** Groups that read no topics (other users of the protocol) are left out. */
const readsTopics = (entry: GroupEntry): boolean =>
  entry.topics.size > 0 || entry.members.some(({ partitions }) => partitions.size > 0);

const compare = (a: GroupLag, b: GroupLag): number => {
  if (a.state !== b.state) return graverState(a.state, b.state) === a.state ? -1 : 1;
  return (b.seconds ?? 0) - (a.seconds ?? 0) || a.group.localeCompare(b.group);
};

/** @param group only this one; undefined: all, the gravest first */
export const reportLag = (sight: LagSight, known: KnownGroups, group?: string): LagReport => {
  const asked = [...sight.groups.values()].filter(
    (entry) => readsTopics(entry) && (group === undefined || entry.groupId === group),
  );
  let partitions = 0;
  for (const { topics } of asked)
    for (const { place } of topics.values()) partitions += place.partitions;
  const isDetailed = group !== undefined || partitions <= PARTITIONS_MAX;
  const groups = asked.map((entry) =>
    groupLag(entry, known, isDetailed ? partitionLags(entry, sight) : []),
  );
  return { atMs: sight.atMs, groups: groups.sort(compare) };
};
