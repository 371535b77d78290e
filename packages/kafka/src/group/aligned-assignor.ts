import type { Assignor, MemberSubscription } from '../assignor.ts';
import type { TopicPartition } from '../records.ts';

/**
 * The assignor of members from before there was a sticky one, offered behind it so that a group can be upgraded
 * member by member. Topics with equally many partitions are spread alike, so that partition n of each lands on
 * one member (kafkajs's only assigner does not: T11); topics of one partition go to whoever has least. Every
 * generation is dealt anew, in the order of member ids.
 */
export const alignedAssignor: Assignor = {
  name: 'millrace-aligned',
  userData: () => Buffer.alloc(0),
  assign(subscriptions, partitionCounts) {
    const dealt = dealPartitions(subscriptions, partitionCounts);
    return new Map([...dealt].map(([memberId, partitions]) => [memberId, { partitions }]));
  },
};

const dealPartitions = (
  subscriptions: readonly MemberSubscription[],
  partitionCounts: ReadonlyMap<string, number>,
): ReadonlyMap<string, readonly TopicPartition[]> => {
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
