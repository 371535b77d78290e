import { MillraceError } from '@millrace/contracts';
import { type TransactionOwner, txnOffsetCommit } from '../messages/transaction-messages.ts';
import type { Transaction } from '../producer.ts';
import type { OutgoingBatch, ProducedBatch, TopicPartition } from '../records.ts';
import { announceSpan, type TransactionSpan } from './repeat-markers.ts';
import type { TransactionCoordinator } from './transaction-coordinator.ts';

/**
 * What one transaction spans. A partition is announced to the coordinator before its first record; all
 * new ones of a send in one request, and sends overlap. What is announced first begins it.
 */
export interface OpenTransaction {
  readonly transaction: Transaction;
  /** Resolves when every send has settled, also those that nobody waits for. */
  settled(): Promise<void>;
  /** The first error of a send: the transaction must not commit. */
  failure(): unknown;
  /** Under whom it has begun; undefined: there is nothing to end. */
  owner(): TransactionOwner | undefined;
  span(): TransactionSpan;
  /** Sends are refused from here on. */
  end(): void;
}

export interface OpenTransactionOptions {
  readonly coordinator: TransactionCoordinator;
  check(batches: readonly OutgoingBatch[]): Promise<void> | undefined;
  write(batches: readonly OutgoingBatch[]): Promise<readonly ProducedBatch[]>;
  /** See `TransactionIdentity`. */
  begin(spanSoFar: () => TransactionSpan): Promise<TransactionOwner>;
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}:${partition}`;

export const openTransaction = (options: OpenTransactionOptions): OpenTransaction => {
  const { coordinator } = options;
  /** Announced, or being announced. */
  const announced = new Map<string, Promise<TransactionOwner>>();
  const pending = new Set<Promise<unknown>>();
  const partitions: TopicPartition[] = [];
  const groups: string[] = [];
  const span = (): TransactionSpan => ({ partitions: [...partitions], groups: [...groups] });
  let failure: unknown;
  let ended = false;
  let beginning: Promise<TransactionOwner> | undefined;
  let owner: TransactionOwner | undefined;
  /** How many were announced with the beginning. */
  let begunWith = 0;

  const begin = async (): Promise<TransactionOwner> => {
    owner = await options.begin(() => {
      begunWith = announced.size;
      return span();
    });
    return owner;
  };

  const announce = (keys: readonly string[], added: TransactionSpan): void => {
    partitions.push(...added.partitions);
    groups.push(...added.groups);
    const place = announced.size;
    beginning ??= begin();
    const asking = beginning.then(async (begunBy) => {
      if (place >= begunWith) await announceSpan(coordinator, begunBy, added);
      return begunBy;
    });
    for (const key of keys) announced.set(key, asking);
  };

  const announceGroup = (groupId: string): Promise<TransactionOwner> => {
    const key = `group ${groupId}`;
    if (!announced.has(key)) announce([key], { partitions: [], groups: [groupId] });
    return announced.get(key)!;
  };

  const announcePartitions = (batches: readonly OutgoingBatch[]): Promise<unknown> => {
    const fresh = new Map<string, TopicPartition>();
    for (const { topic, partition } of batches) {
      const key = keyOf({ topic, partition });
      if (!announced.has(key)) fresh.set(key, { topic, partition });
    }
    if (fresh.size > 0)
      announce([...fresh.keys()], { partitions: [...fresh.values()], groups: [] });
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
    const begunBy = await announceGroup(groupId);
    const commits = offsets.map(({ topic, partition, offset, metadata = '' }) => ({
      topic,
      partition,
      offset,
      metadata,
    }));
    await coordinator.ask(
      'group',
      groupId,
      txnOffsetCommit(begunBy, groupId, member, commits),
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
    owner: () => owner,
    span,
    end() {
      ended = true;
    },
  };
};
