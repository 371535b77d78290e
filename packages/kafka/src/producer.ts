/**
 * Writing records, alone or in transactions: what callers may rely on. The implementations are under
 * `produce/` and `transactions/`.
 */
import type { OutgoingBatch, ProducedBatch, TopicPartition } from './records.ts';

export type Compression = 'none' | 'gzip' | 'lz4' | 'zstd';

/** An idempotent producer with acks=all. Errors are MillraceError with `retryable` set. */
export interface Producer {
  /**
   * Writes every batch, split by the size limit where needed. Resolves when all replicas in sync hold
   * all of it; rejects when any part is not known to be written.
   */
  send(batches: readonly OutgoingBatch[]): Promise<readonly ProducedBatch[]>;
  /** Partition count of a topic, cached; rejects with `kafka.unknown-topic`. */
  partitionCount(topic: string): number | Promise<number>;
  /** Waits for what was sent; with `abandon` its outcomes stay open where they are not known, and its sends reject. */
  close(options?: { readonly abandon?: boolean }): Promise<void>;
}

/** A member of a consumer group in one generation, as the broker knows it. */
export interface GroupMembership {
  readonly generation: number;
  readonly memberId: string;
}

export interface Transaction {
  /** As `Producer.send`, within the transaction; sends may overlap. A rejection dooms the transaction. */
  send(batches: readonly OutgoingBatch[]): Promise<readonly ProducedBatch[]>;
  /**
   * Commits consumer offsets with the transaction. With `member` (from `GroupConsumer.member`) the broker
   * also refuses the offsets of a generation that is over (KIP-447): the transaction then rejects with
   * `kafka.fenced`. Without it, only the transactional id fences.
   */
  sendOffsets(
    groupId: string,
    offsets: readonly (TopicPartition & { readonly offset: number; readonly metadata?: string })[],
    member?: GroupMembership,
  ): Promise<void>;
}

/**
 * Where transactions of one id may write. Whoever takes the id over looks there for what its predecessor's last one has
 * left behind: a partition that was never told how it ended.
 */
export interface TransactionReach {
  /** Their names; a function is asked at each take-over. */
  readonly topics?: readonly string[] | (() => Promise<readonly string[]>);
  /** Groups whose offsets they commit. */
  readonly groups?: readonly string[];
}

/**
 * A fenced producer: a later instance with the same transactional id makes every call of an earlier one
 * reject with `kafka.fenced`.
 */
export interface TransactionalProducer {
  /**
   * Runs `work` in one transaction: commits when it resolves, aborts when it rejects. When the outcome of
   * the commit is unknown it rejects with `kafka.transaction-outcome-unknown`; the producer is then
   * replaced inside, and the caller re-reads its position instead of assuming an abort. `timeoutMs`: of
   * this one transaction, instead of the producer's own; at most the broker's transaction.max.timeout.ms.
   */
  transaction<T>(
    work: (transaction: Transaction) => Promise<T>,
    options?: { readonly timeoutMs?: number },
  ): Promise<T>;
  /**
   * Takes over: from here on every earlier instance with this transactional id is fenced and its last
   * transaction ended, everywhere within reach. The first transaction does it too; call it before reading back a position, so that
   * the position cannot change any more (T4).
   */
  fence(): Promise<void>;
  /**
   * Resolves when the last transaction has ended on every partition: a commit is answered before. For whoever writes no
   * other one soon; what a broker forgot is made up for by the next transaction otherwise.
   */
  settle(): Promise<void>;
  partitionCount(topic: string): number | Promise<number>;
  close(): Promise<void>;
}
