import { MillraceError } from '@millrace/contracts';
import type {
  OutgoingBatch,
  ProducedBatch,
  Producer,
  TopicPartition,
  TransactionalProducer,
} from '@millrace/kafka';

/** What a task has done since its last commit. */
export interface Commit {
  readonly batches: readonly OutgoingBatch[];
  readonly offsets: readonly InputOffset[];
}

export interface InputOffset extends TopicPartition {
  readonly offset: number;
  readonly metadata: string;
}

/** Makes what a task has done stand for good. */
export interface TaskCommitter {
  /** Shuts out whoever held the task before: what it has committed cannot change any more. */
  fence(): Promise<void>;
  /** Answers where the records of the batches stand. */
  commit(commit: Commit): Promise<readonly ProducedBatch[]>;
  close(): Promise<void>;
}

/**
 * Outputs and input offsets in one transaction. The transactional id is the fence: the offsets name no member
 * of the group, so that a task which stays through a rebalance goes on committing.
 *
 * @param open a producer of the task's transactional id; another one after it was shut out
 */
export const transactionalCommitter = (
  open: () => TransactionalProducer,
  groupId: string,
): TaskCommitter => {
  let producer = open();
  let isShutOut = false;
  const noticing = async <T>(operation: Promise<T>): Promise<T> => {
    try {
      return await operation;
    } catch (error) {
      isShutOut ||= error instanceof MillraceError && error.code === 'kafka.fenced';
      throw error;
    }
  };
  return {
    async fence() {
      if (isShutOut) {
        await producer.close();
        producer = open();
        isShutOut = false;
      }
      await noticing(producer.fence());
    },
    commit: ({ batches, offsets }) =>
      noticing(
        producer.transaction(async (transaction) => {
          const sending = transaction.send(batches);
          await Promise.all([sending, transaction.sendOffsets(groupId, offsets)]);
          return sending;
        }),
      ),
    close: () => producer.close(),
  };
};

/**
 * Outputs first, then the input offsets: after a failure between the two, outputs are written again. A record that
 * is committed as processed has always left its outputs.
 *
 * @param commitOffsets as a member of the group, whose generation is the fence
 */
export const plainCommitter = (
  producer: Producer,
  commitOffsets: (offsets: readonly InputOffset[]) => Promise<void>,
): TaskCommitter => ({
  fence: async () => undefined,
  async commit({ batches, offsets }) {
    const produced = await producer.send(batches);
    await commitOffsets(offsets);
    return produced;
  },
  close: () => producer.close(),
});
