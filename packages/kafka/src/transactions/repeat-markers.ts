import { MillraceError } from '@millrace/contracts';
import { systemClock } from '@millrace/pipeline';
import type { Cluster } from '../cluster/cluster.ts';
import type { Exchange } from '../cluster/exchange.ts';
import { retryUnavailable } from '../cluster/retry.ts';
import {
  addOffsetsToTxn,
  addPartitionsToTxn,
  endTxn,
  type TransactionOwner,
} from '../messages/transaction-messages.ts';
import type { TopicPartition } from '../records.ts';
import type { TransactionCoordinator } from './transaction-coordinator.ts';

/**
 * The end of a transaction said once more. A coordinator that ends a transaction while a partition has no leader takes
 * the partition for deleted and calls the transaction complete without a marker there (Kafka 4.4 does, at the latest when
 * its only broker comes back from a crash). The records then wait in that partition for the next marker of the same
 * producer, whatever that one says: what was aborted is committed by the next commit, what was committed is lost by the
 * next abort. So after whatever may have been such a moment, and before anything else is written, a transaction without
 * records goes over the same partitions and groups and ends as the one before; where the marker is there, another one
 * changes nothing.
 */
export type Outcome = 'commit' | 'abort';

/** What a transaction has announced. */
export interface TransactionSpan {
  readonly partitions: readonly TopicPartition[];
  readonly groups: readonly string[];
}

export interface EndedTransaction {
  readonly span: TransactionSpan;
  readonly outcome: Outcome;
  /** Of the cluster when it ended; undefined: whether its markers are written is in doubt in any case. */
  readonly disturbances: number | undefined;
}

/**
 * Adds a span to the transaction that is open, or begins one with it.
 * @param isRefused looked at before every try; `kafka.transaction-aborted` as soon as it is true
 */
export const announceSpan = async (
  coordinator: TransactionCoordinator,
  owner: TransactionOwner,
  { partitions, groups }: TransactionSpan,
  isRefused: () => boolean = () => false,
): Promise<void> => {
  const unlessRefused = <Response>(exchange: Exchange<Response>) => {
    if (!isRefused()) return exchange;
    throw new MillraceError('kafka.transaction-aborted', 'a broker was away', { retryable: true });
  };
  const ask = <Response>(
    exchange: Exchange<Response>,
    codesOf: (response: Response) => readonly number[],
  ) =>
    coordinator.ask('transaction', owner.transactionalId, () => unlessRefused(exchange), codesOf);
  const announcing = groups.map(async (group) => {
    await ask(addOffsetsToTxn(owner, group), ({ errorCode }) => [errorCode]);
  });
  if (partitions.length > 0) {
    const asking = ask(addPartitionsToTxn(owner, partitions), (outcomes) =>
      outcomes.map(({ errorCode }) => errorCode),
    );
    announcing.push(asking.then(() => undefined));
  }
  // all of them: a request that is still under way would open what is ended meanwhile
  for (const outcome of await Promise.allSettled(announcing))
    if (outcome.status === 'rejected') throw outcome.reason;
};

/** Answered before the markers are written; said again, when they are. */
export const sayEnd = async (
  coordinator: TransactionCoordinator,
  owner: TransactionOwner,
  outcome: Outcome,
): Promise<void> => {
  await coordinator.ask(
    'transaction',
    owner.transactionalId,
    endTxn(owner, outcome),
    ({ errorCode }) => [errorCode],
  );
};

/** Without topics that were deleted since. */
const existing = async (
  cluster: Cluster,
  { partitions, groups }: TransactionSpan,
): Promise<TransactionSpan> => {
  const topics = [...new Set(partitions.map(({ topic }) => topic))];
  if (topics.length > 0) await cluster.refresh(topics);
  const known = new Set<string>();
  for (const topic of topics) if ((await cluster.topic(topic)) !== undefined) known.add(topic);
  return { partitions: partitions.filter(({ topic }) => known.has(topic)), groups };
};

export interface MarkerRepeater {
  readonly cluster: Cluster;
  readonly coordinator: TransactionCoordinator;
  /** How long the cluster may be away meanwhile, ms. */
  readonly timeoutMs: number;
}

/** @throws `kafka.fenced`, `kafka.unavailable` */
export const repeatMarkers = async (
  { cluster, coordinator, timeoutMs }: MarkerRepeater,
  owner: TransactionOwner,
  ended: EndedTransaction,
): Promise<void> => {
  const deadlineMs = systemClock.nowMs() + timeoutMs;
  const span = await retryUnavailable(() => existing(cluster, ended.span), { deadlineMs });
  if (span.partitions.length + span.groups.length === 0) return;
  await announceSpan(coordinator, owner, span);
  await sayEnd(coordinator, owner, ended.outcome);
  await sayEnd(coordinator, owner, ended.outcome);
};
