import { MillraceError } from '@millrace/contracts';
import { createCluster } from '../cluster/cluster.ts';
import { isUnavailable } from '../cluster/protocol-errors.ts';
import type { KafkaConnection } from '../connection.ts';
import type { TransactionOwner } from '../messages/transaction-messages.ts';
import { type ProducerOptions, sendBatches, sendLimits } from '../produce/create-producer.ts';
import { createPartitionCounts } from '../produce/partition-counts.ts';
import { createWriteQueue } from '../produce/write-queue.ts';
import type { Transaction, TransactionalProducer, TransactionReach } from '../producer.ts';
import type { OutgoingBatch } from '../records.ts';
import { type OpenTransaction, openTransaction } from './open-transaction.ts';
import { createTransactionCoordinator } from './transaction-coordinator.ts';
import { createTransactionIdentity } from './transaction-identity.ts';

/** One transaction after the other under one transactional id; under which identity, and that each has ended, is `transaction-identity.ts`. */
export interface TransactionalProducerOptions extends Omit<ProducerOptions, 'firstSequence'> {
  readonly transactionalId: string;
  /**
   * When the coordinator aborts a transaction that was left open, ms; at most the broker's
   * transaction.max.timeout.ms. Until then an abandoned transaction hides what comes after it. Taken in whole seconds.
   */
  readonly transactionTimeoutMs: number;
  /** Looked over at a take-over; nowhere when left out. */
  readonly reach?: TransactionReach;
}

/** Without another transaction until then, it is asked whether the last one has ended everywhere. */
const SETTLE_AFTER_MS = 1_000;

type Ended<T> =
  | { readonly done: true; readonly result: T }
  | { readonly done: false; readonly reason: unknown };

const aborted = (reason: unknown): unknown => {
  if (!(reason instanceof MillraceError)) return reason;
  // Whatever was written is aborted: outcomes of single writes are not in doubt any more.
  if (reason.code !== 'kafka.write-outcome-unknown') return reason;
  return new MillraceError('kafka.transaction-aborted', 'a write of it failed', {
    retryable: true,
    cause: reason,
  });
};

/** Opens no connection, and fences nobody, before the first transaction or `fence`. */
export const createTransactionalProducer = (
  connection: KafkaConnection,
  options: TransactionalProducerOptions,
): TransactionalProducer => {
  const { transactionalId, reach = {} } = options;
  const limits = sendLimits(options);
  const cluster = createCluster(connection);
  const counts = createPartitionCounts(cluster, limits.deliveryTimeoutMs);
  /** Set once a later instance has taken over; from then on every call rejects with it. */
  let fenced: MillraceError | undefined;
  const coordinator = createTransactionCoordinator({
    cluster,
    timeoutMs: limits.deliveryTimeoutMs,
    logger: connection.logger,
    fenced(error) {
      fenced ??= error;
    },
  });
  const identity = createTransactionIdentity({
    ...{ cluster, coordinator, transactionalId, reach },
    transactionTimeoutMs: options.transactionTimeoutMs,
    timeoutMs: limits.deliveryTimeoutMs,
    givenUp: () =>
      queue.reset(new MillraceError('kafka.transaction-aborted', 'the transaction was given up')),
  });
  let queueTail: Promise<unknown> = Promise.resolve();
  let settling: NodeJS.Timeout | undefined;
  let closed = false;

  const queue = createWriteQueue({
    cluster,
    logger: connection.logger,
    transactionalId,
    identity: identity.take,
  });

  /** The next transaction starts under a new epoch where the end of this one, or a write, is in doubt. */
  const abort = async (owner: TransactionOwner, open: OpenTransaction) => {
    // After a failed write the sequence numbers are in doubt: a new epoch starts them at 0.
    if (open.failure() !== undefined) identity.giveUp();
    await identity.end(owner, open.span(), 'abort').catch(identity.giveUp);
  };

  const commit = async (owner: TransactionOwner, open: OpenTransaction) => {
    try {
      await identity.end(owner, open.span(), 'commit');
    } catch (cause) {
      identity.giveUp();
      if (!isUnavailable(cause)) throw cause;
      throw new MillraceError(
        'kafka.transaction-outcome-unknown',
        `the commit of ${transactionalId} was not answered`,
        { retryable: true, cause },
      );
    }
  };

  const write = (batches: readonly OutgoingBatch[]) =>
    sendBatches(queue, batches, limits).catch((error: unknown) => {
      if (error instanceof MillraceError && error.code === 'kafka.fenced') fenced ??= error;
      throw error;
    });

  const run = async <T>(work: (transaction: Transaction) => Promise<T>): Promise<T> => {
    await identity.take();
    const open = openTransaction({
      ...{ coordinator, check: counts.check, write, begin: identity.begin },
    });
    const ended: Ended<T> = await work(open.transaction).then(
      (result) => ({ done: true, result }),
      (reason: unknown) => ({ done: false, reason }),
    );
    await open.settled();
    open.end();
    const owner = open.owner();
    const failure = ended.done ? open.failure() : ended.reason;
    if (failure !== undefined || !ended.done) {
      if (owner !== undefined) await abort(owner, open);
      settleSoon();
      throw aborted(failure);
    }
    if (owner !== undefined) await commit(owner, open);
    settleSoon();
    return ended.result;
  };

  const settleSoon = () => {
    clearTimeout(settling);
    if (closed || fenced !== undefined) return;
    settling = setTimeout(
      () => void inTurn(identity.settle).catch(settleSoon),
      SETTLE_AFTER_MS,
    ).unref();
  };

  const inTurn = <T>(operation: () => Promise<T>): Promise<T> => {
    const turn = queueTail.then(() => {
      if (closed) throw new MillraceError('kafka.closed', 'the producer is closed');
      if (fenced !== undefined) throw fenced;
      return operation();
    });
    queueTail = turn.catch(() => undefined);
    return turn;
  };

  return {
    transaction: (work, { timeoutMs = options.transactionTimeoutMs } = {}) =>
      inTurn(() => {
        clearTimeout(settling);
        if (identity.limit(timeoutMs)) identity.giveUp();
        return run(work);
      }),
    fence: () =>
      inTurn(async () => {
        await identity.take();
      }),
    settle: () => inTurn(identity.settle),
    partitionCount: counts.of,
    async close() {
      if (closed) return;
      closed = true;
      clearTimeout(settling);
      await queueTail;
      cluster.close();
    },
  };
};
