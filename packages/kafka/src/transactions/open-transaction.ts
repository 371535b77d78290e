import { MillraceError } from '@millrace/contracts';
import {
  addOffsetsToTxn,
  addPartitionsToTxn,
  type TransactionOwner,
  txnOffsetCommit,
} from '../messages/transaction-messages.ts';
import type { Transaction } from '../producer.ts';
import type { OutgoingBatch, ProducedBatch, TopicPartition } from '../records.ts';
import type { TransactionCoordinator } from './transaction-coordinator.ts';

/**
 * What one transaction spans. A partition is announced to the coordinator before its first record; all
 * new ones of a send in one request, and sends overlap. It neither begins nor ends the transaction.
 */
export interface OpenTransaction {
  readonly transaction: Transaction;
  /** Resolves when every send has settled, also those that nobody waits for. */
  settled(): Promise<void>;
  /** The first error of a send: the transaction must not commit. */
  failure(): unknown;
  /** Nothing was announced: there is nothing to end. */
  isEmpty(): boolean;
  /** Sends are refused from here on. */
  end(): void;
}

export interface OpenTransactionOptions {
  readonly owner: TransactionOwner;
  readonly coordinator: TransactionCoordinator;
  check(batches: readonly OutgoingBatch[]): Promise<void> | undefined;
  write(batches: readonly OutgoingBatch[]): Promise<readonly ProducedBatch[]>;
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}:${partition}`;

export const openTransaction = (options: OpenTransactionOptions): OpenTransaction => {
  const { owner, coordinator } = options;
  /** Announced, or being announced. */
  const announced = new Map<string, Promise<unknown>>();
  const pending = new Set<Promise<unknown>>();
  let failure: unknown;
  let ended = false;

  const announce = (key: string, announcing: () => Promise<unknown>) => {
    let known = announced.get(key);
    if (known === undefined) {
      known = announcing();
      announced.set(key, known);
    }
    return known;
  };

  const announcePartitions = (batches: readonly OutgoingBatch[]): Promise<unknown> => {
    const fresh = new Map<string, TopicPartition>();
    for (const { topic, partition } of batches) {
      const key = keyOf({ topic, partition });
      if (!announced.has(key)) fresh.set(key, { topic, partition });
    }
    if (fresh.size > 0) {
      const request = addPartitionsToTxn(owner, [...fresh.values()]);
      const asking = coordinator.ask('transaction', owner.transactionalId, request, (outcomes) =>
        outcomes.map((one) => one.errorCode),
      );
      for (const key of fresh.keys()) announced.set(key, asking);
    }
    return Promise.all(batches.map((batch) => announced.get(keyOf(batch))));
  };

  /** Runs one operation of the transaction; its failure is remembered even when nobody awaits it. */
  const track = <T>(operation: () => Promise<T>): Promise<T> => {
    if (ended) {
      return Promise.reject(new MillraceError('kafka.refused', 'the transaction has ended'));
    }
    const running = operation();
    const settled = running.then(
      () => undefined,
      (error: unknown) => {
        failure ??= error;
      },
    );
    pending.add(settled);
    void settled.then(() => pending.delete(settled));
    return running;
  };

  const send: Transaction['send'] = async (batches) => {
    const unknown = options.check(batches);
    if (unknown !== undefined) await unknown;
    const filled = batches.filter((batch) => batch.records.length > 0);
    if (filled.length > 0) await announcePartitions(filled);
    return options.write(batches);
  };

  const sendOffsets: Transaction['sendOffsets'] = async (groupId, offsets, member) => {
    if (offsets.length === 0) return;
    await announce(`group ${groupId}`, () =>
      coordinator.ask(
        'transaction',
        owner.transactionalId,
        addOffsetsToTxn(owner, groupId),
        (answer) => [answer.errorCode],
      ),
    );
    const commits = offsets.map(({ topic, partition, offset, metadata = '' }) => ({
      topic,
      partition,
      offset,
      metadata,
    }));
    await coordinator.ask(
      'group',
      groupId,
      txnOffsetCommit(owner, groupId, member, commits),
      (outcomes) => outcomes.map((one) => one.errorCode),
    );
  };

  return {
    transaction: {
      send: (batches) => track(() => send(batches)),
      sendOffsets: (groupId, offsets, member) => track(() => sendOffsets(groupId, offsets, member)),
    },
    async settled() {
      while (pending.size > 0) await Promise.all(pending);
    },
    failure: () => failure,
    isEmpty: () => announced.size === 0,
    end() {
      ended = true;
    },
  };
};
