import { MillraceError } from '@millrace/contracts';
import { systemClock } from '@millrace/pipeline';
import { type TransactionOwner, txnOffsetCommit } from '../messages/transaction-messages.ts';
import type { Transaction } from '../producer.ts';
import type { OutgoingBatch, ProducedBatch, TopicPartition } from '../records.ts';
import { announceSpan, type TransactionSpan } from './repeat-markers.ts';
import type { TransactionCoordinator } from './transaction-coordinator.ts';

/**
 * What one transaction spans. A partition is announced to the coordinator before its first record; all
 * new ones of a send in one request, and sends overlap. What is announced first has begun it when the transaction before
 * is known to have ended everywhere; nothing is written before.
 */
export interface OpenTransaction {
  readonly transaction: Transaction;
  /** Resolves when every send has settled, also those that nobody waits for. */
  settled(): Promise<void>;
  /** The first error of a send: the transaction must not commit. */
  failure(): unknown;
  /** Nothing was announced: there is nothing to end. */
  isEmpty(): boolean;
  /** Records may have been written. */
  isBegun(): boolean;
  span(): TransactionSpan;
  /** Sends are refused from here on. */
  end(): void;
}

export interface OpenTransactionOptions {
  readonly owner: TransactionOwner;
  readonly coordinator: TransactionCoordinator;
  check(batches: readonly OutgoingBatch[]): Promise<void> | undefined;
  write(batches: readonly OutgoingBatch[]): Promise<readonly ProducedBatch[]>;
  /**
   * Asked when what was announced first is acknowledged, after `tookMs`. False: it was ended together with the
   * transaction before, and is to be announced again.
   */
  hasBegun(tookMs: number): Promise<boolean>;
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}:${partition}`;

export const openTransaction = (options: OpenTransactionOptions): OpenTransaction => {
  const { owner, coordinator } = options;
  /** Announced, or being announced. */
  const announced = new Map<string, Promise<unknown>>();
  const pending = new Set<Promise<unknown>>();
  const partitions: TopicPartition[] = [];
  const groups: string[] = [];
  const span = (): TransactionSpan => ({ partitions, groups });
  let failure: unknown;
  let ended = false;
  let beginning: Promise<void> | undefined;
  let isBegun = false;

  const begin = async (): Promise<void> => {
    const startedMs = systemClock.nowMs();
    await Promise.all(announced.values());
    let tookMs = systemClock.nowMs() - startedMs;
    while (!(await options.hasBegun(tookMs))) {
      // the markers are written by now: a broker that is slow with each request would be asked for ever
      tookMs = 0;
      await announceSpan(coordinator, owner, span());
    }
    isBegun = true;
  };
  const whenBegun = (): Promise<void> => {
    beginning ??= begin();
    return beginning;
  };

  const announceGroup = (groupId: string): Promise<unknown> => {
    const key = `group ${groupId}`;
    if (!announced.has(key)) {
      announced.set(key, announceSpan(coordinator, owner, { partitions: [], groups: [groupId] }));
      groups.push(groupId);
    }
    return Promise.all([announced.get(key), whenBegun()]);
  };

  const announcePartitions = (batches: readonly OutgoingBatch[]): Promise<unknown> => {
    const fresh = new Map<string, TopicPartition>();
    for (const { topic, partition } of batches) {
      const key = keyOf({ topic, partition });
      if (!announced.has(key)) fresh.set(key, { topic, partition });
    }
    if (fresh.size > 0) {
      const added = [...fresh.values()];
      const asking = announceSpan(coordinator, owner, { partitions: added, groups: [] });
      for (const key of fresh.keys()) announced.set(key, asking);
      partitions.push(...added);
    }
    return Promise.all([...batches.map((batch) => announced.get(keyOf(batch))), whenBegun()]);
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
    await announceGroup(groupId);
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
    isBegun: () => isBegun,
    span,
    end() {
      ended = true;
    },
  };
};
