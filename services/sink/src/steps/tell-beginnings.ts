/**
 * Commits where reading begins for partitions of which the group has committed nothing. Whoever asks Kafka how far behind the group is, as KEDA and
 * other tools do, is answered for the partitions of its commits alone, and KEDA takes a group without any for one that has read nothing of
 * all topics of the cluster. To the sink it says no more than a missing offset does: what has landed is asked of the table
 * (`begin-partition.ts`).
 */
import type { AssignedPartition, GroupConsumer } from '@millrace/kafka';
import type { Logger } from '@millrace/pipeline';

export type TellBeginnings = (
  term: number,
  partitions: readonly AssignedPartition[],
) => Promise<void>;

/** The returned function must have resolved before anything else is committed for these partitions. */
export const createTellBeginnings =
  (consumer: Pick<GroupConsumer, 'commit'>, logger: Logger): TellBeginnings =>
  async (term, partitions) => {
    const commits = partitions
      .filter(({ committed }) => committed === undefined)
      .map(({ topic, partition, startOffset }) => ({
        ...{ topic, partition, offset: startOffset, metadata: '' },
      }));
    if (commits.length === 0) return;
    try {
      await consumer.commit(term, commits);
    } catch (error) {
      // Nothing waits for it: the first claim says it, too, and a term that is over is found out there.
      logger.debug({ err: error, partitions: commits.length }, 'beginnings were not committed');
    }
  };
