import type { PartitionBatch, ProducedBatch, TopicPartition } from './records.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

/** An idempotent producer with acks=all. Errors are MillraceError with `retryable` set. */
export interface Producer {
  /**
   * Writes every batch, split by the size limit where needed. Resolves when all replicas in sync hold
   * all of it; rejects when any part is not known to be written.
   */
  send(batches: readonly PartitionBatch[]): Promise<readonly ProducedBatch[]>;
  /** Partition count of a topic, cached; rejects with `kafka.unknown-topic`. */
  partitionCount(topic: string): Promise<number>;
  close(): Promise<void>;
}

export interface Transaction {
  send(batches: readonly PartitionBatch[]): Promise<readonly ProducedBatch[]>;
  /** Commits consumer offsets with the transaction. */
  sendOffsets(
    groupId: string,
    offsets: readonly (TopicPartition & { readonly offset: number; readonly metadata?: string })[],
  ): Promise<void>;
}

/**
 * A fenced producer: a later instance with the same transactional id makes every call of an earlier one
 * reject with `kafka.fenced`.
 */
export interface TransactionalProducer {
  /**
   * Runs `work` in one transaction: commits when it resolves, aborts when it rejects. When the outcome of
   * the commit is unknown it rejects with `kafka.transaction-outcome-unknown`; the producer is then
   * replaced inside, and the caller re-reads its position instead of assuming an abort.
   */
  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  partitionCount(topic: string): Promise<number>;
  close(): Promise<void>;
}
