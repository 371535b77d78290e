import { MillraceError } from '@millrace/contracts';
import { createCluster } from '../cluster/cluster.ts';
import { ERROR, isUnavailable } from '../cluster/protocol-errors.ts';
import type { KafkaConnection } from '../connection.ts';
import { initProducerId, type ProducerIdentity } from '../messages/produce-messages.ts';
import { endTxn, type TransactionOwner } from '../messages/transaction-messages.ts';
import { type ProducerOptions, sendBatches, sendLimits } from '../produce/create-producer.ts';
import { createPartitionCounts } from '../produce/partition-counts.ts';
import { createWriteQueue } from '../produce/write-queue.ts';
import type { Transaction, TransactionalProducer } from '../producer.ts';
import type { OutgoingBatch } from '../records.ts';
import { type OpenTransaction, openTransaction } from './open-transaction.ts';
import { createTransactionCoordinator } from './transaction-coordinator.ts';

/**
 * One transaction after the other under one transactional id. Its identity (producer id and epoch) comes
 * from the coordinator, and is renewed after everything that leaves its sequence numbers or its
 * transaction in doubt. A renewal names the identity it replaces, so a producer that was fenced cannot
 * fence its successor in turn (KIP-360).
 */
export interface TransactionalProducerOptions extends Omit<ProducerOptions, 'firstSequence'> {
  readonly transactionalId: string;
  /**
   * When the coordinator aborts a transaction that was left open, ms; at most the broker's
   * transaction.max.timeout.ms. Until then an abandoned transaction hides what comes after it.
   */
  readonly transactionTimeoutMs: number;
}

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
  const { transactionalId } = options;
  const limits = sendLimits(options);
  const cluster = createCluster(connection);
  const counts = createPartitionCounts(cluster, limits.deliveryTimeoutMs);
  /** Set once a later instance has taken over; from then on every call rejects with it. */
  let fenced: MillraceError | undefined;
  const coordinator = createTransactionCoordinator({
    cluster,
    timeoutMs: limits.deliveryTimeoutMs,
    fenced(error) {
      fenced ??= error;
    },
  });
  /** The identity in use; `last` is what a renewal replaces, undefined before the first. */
  let identity: Promise<ProducerIdentity> | undefined;
  let last: ProducerIdentity | undefined;
  /** The time-out that the coordinator knows of the identity. */
  let { transactionTimeoutMs } = options;
  let queueTail: Promise<unknown> = Promise.resolve();
  let closed = false;

  /**
   * Aborts what may be open under an identity that is about to be renewed: left to the renewal, the
   * coordinator would abort it under an epoch of its own and take the renewal for a zombie's.
   */
  const endLeftOver = (owner: TransactionOwner) =>
    coordinator.ask(
      'transaction',
      transactionalId,
      endTxn(owner, 'abort'),
      // Nothing is open, or it was committed after all: then there is nothing to abort.
      ({ errorCode }) => (errorCode === ERROR.invalidTxnState ? [] : [errorCode]),
    );

  const takeIdentity = (): Promise<ProducerIdentity> => {
    if (identity !== undefined) return identity;
    const taking = (async () => {
      const current = last;
      if (current !== undefined) await endLeftOver({ transactionalId, ...current });
      const answer = await coordinator.ask(
        'transaction',
        transactionalId,
        initProducerId({
          transactionalId,
          transactionTimeoutMs,
          ...(current !== undefined && { current }),
        }),
        ({ errorCode }) => [errorCode],
      );
      last = { producerId: answer.producerId, producerEpoch: answer.producerEpoch };
      return last;
    })();
    identity = taking;
    taking.catch(() => {
      identity = undefined;
    });
    return taking;
  };

  const queue = createWriteQueue({
    cluster,
    logger: connection.logger,
    transactionalId,
    identity: takeIdentity,
  });

  /** The next transaction starts under a new epoch, after the end of what this one left open. */
  const renewIdentity = () => {
    identity = undefined;
    queue.reset(new MillraceError('kafka.transaction-aborted', 'the transaction was given up'));
  };

  /** The coordinator takes a time-out only together with an identity. */
  const setTimeoutOf = (timeoutMs: number): void => {
    if (timeoutMs === transactionTimeoutMs) return;
    transactionTimeoutMs = timeoutMs;
    if (identity !== undefined) renewIdentity();
  };

  const end = async (
    owner: TransactionOwner,
    open: OpenTransaction,
    outcome: 'commit' | 'abort',
  ) => {
    if (open.isEmpty()) return;
    await coordinator.ask('transaction', transactionalId, endTxn(owner, outcome), (answer) => [
      answer.errorCode,
    ]);
  };

  const abort = async (owner: TransactionOwner, open: OpenTransaction) => {
    // After a failed write the sequence numbers are in doubt: a new epoch starts them at 0.
    if (open.failure() !== undefined) renewIdentity();
    await end(owner, open, 'abort').catch(renewIdentity);
  };

  const commit = async (owner: TransactionOwner, open: OpenTransaction) => {
    try {
      await end(owner, open, 'commit');
    } catch (cause) {
      renewIdentity();
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
    const owner = { transactionalId, ...(await takeIdentity()) };
    const open = openTransaction({
      owner,
      coordinator,
      check: counts.check,
      write,
    });
    const ended: Ended<T> = await work(open.transaction).then(
      (result) => ({ done: true, result }),
      (reason: unknown) => ({ done: false, reason }),
    );
    await open.settled();
    open.end();
    const failure = ended.done ? open.failure() : ended.reason;
    if (failure !== undefined || !ended.done) {
      await abort(owner, open);
      throw aborted(failure);
    }
    await commit(owner, open);
    return ended.result;
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
        setTimeoutOf(timeoutMs);
        return run(work);
      }),
    fence: () =>
      inTurn(async () => {
        await takeIdentity();
      }),
    partitionCount: counts.of,
    async close() {
      if (closed) return;
      closed = true;
      await queueTail;
      cluster.close();
    },
  };
};
