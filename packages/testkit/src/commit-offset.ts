/** Commits an offset for a group that has no members now, as an operator's tool or another program would. */
import { createGroupConsumer, type OffsetCommit } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';

/** The group is left again; rejects when it has other members that own the partition. */
export async function commitOffset(
  kafkaBrokers: string,
  groupId: string,
  commit: OffsetCommit,
): Promise<void> {
  const connection = {
    ...{ brokers: kafkaBrokers.split(','), clientId: 'commit-offset', logger: silentLogger },
  };
  const consumer = createGroupConsumer(connection, { groupId, topics: [commit.topic] });
  const committed = Promise.withResolvers<void>();
  const running = consumer.run({
    assigned: async ({ term }) => {
      consumer.commit(term, [commit]).then(committed.resolve, committed.reject);
      return undefined;
    },
    revoked: () => undefined,
    batch: () => undefined,
  });
  await Promise.race([committed.promise, running]);
  await consumer.close();
}
