import type { TopicPartition } from '../records.ts';

/**
 * Who reads what, decided by the group's leader. Two rules: topics with equally many partitions are
 * spread alike, so that partition n of each lands on one member and they can be joined there (kafkajs's
 * only assigner does not: T11); topics of one partition go to whoever has least. It is not sticky: every
 * generation is dealt anew, in the order of member ids.
 */
export interface MemberSubscription {
  readonly memberId: string;
  readonly topics: readonly string[];
}

export type Assignments = ReadonlyMap<string, readonly TopicPartition[]>;

export const assignPartitions = (
  subscriptions: readonly MemberSubscription[],
  partitionCounts: ReadonlyMap<string, number>,
): Assignments => {
  const members = [...subscriptions].sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
  const assigned = new Map<string, TopicPartition[]>(members.map((one) => [one.memberId, []]));
  const subscribersOf = (topic: string) => members.filter((one) => one.topics.includes(topic));
  const topics = [...partitionCounts]
    .filter(([topic, count]) => count > 0 && subscribersOf(topic).length > 0)
    .sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1));

  for (const [topic, count] of topics) {
    const subscribers = subscribersOf(topic);
    for (let partition = 0; partition < count; partition += 1) {
      const taker =
        count > 1
          ? subscribers[partition % subscribers.length]!
          : subscribers.reduce((least, one) =>
              assigned.get(one.memberId)!.length < assigned.get(least.memberId)!.length
                ? one
                : least,
            );
      assigned.get(taker.memberId)!.push({ topic, partition });
    }
  }
  return assigned;
};
