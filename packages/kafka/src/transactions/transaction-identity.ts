import type { Cluster } from '../cluster/cluster.ts';
import { ERROR } from '../cluster/protocol-errors.ts';
import { initProducerId, type ProducerIdentity } from '../messages/produce-messages.ts';
import { endTxn, type TransactionOwner } from '../messages/transaction-messages.ts';
import type { TransactionReach } from '../producer.ts';
import { type LastTransaction, lastTransaction, openWithin } from './left-behind.ts';
import type { OpenTransaction } from './open-transaction.ts';
import { type EndedTransaction, type Outcome, repeatMarkers, sayEnd } from './repeat-markers.ts';
import type { TransactionCoordinator } from './transaction-coordinator.ts';

/**
 * Under which producer id and epoch transactions are, and how the last of them ended. Taken from the coordinator once, and
 * renewed after everything that leaves sequence numbers or a transaction in doubt. A renewal names the identity
 * that it replaces, so a producer that was fenced cannot fence its successor in turn (KIP-360).
 */
export interface TransactionIdentity {
  /** The one in use, or another when it was given up, behind the end of whatever was open under the last. */
  take(): Promise<ProducerIdentity>;
  /** What is taken next is another one. */
  giveUp(): void;
  /** Of transactions from now on, ms. The coordinator takes it only with an identity: true when it is to be another one. */
  limit(timeoutMs: number): boolean;
  /** Ends a transaction; nothing is to be ended of one that has announced nothing. */
  end(owner: TransactionOwner, open: OpenTransaction, outcome: Outcome): Promise<void>;
  /** See `OpenTransactionOptions.hasBegun`. */
  hasBegun(owner: TransactionOwner, tookMs: number): Promise<boolean>;
  /** Resolves when the last transaction has ended on every partition. */
  settle(): Promise<void>;
}

export interface TransactionIdentityOptions {
  readonly cluster: Cluster;
  readonly coordinator: TransactionCoordinator;
  readonly transactionalId: string;
  readonly transactionTimeoutMs: number;
  readonly reach: TransactionReach;
  /** How long the cluster may be away meanwhile, ms. */
  readonly timeoutMs: number;
}

/** After so long an announcement a broker may have been away without breaking a connection of ours. */
const SLOW_ANNOUNCEMENT_MS = 5_000;

export const createTransactionIdentity = (
  options: TransactionIdentityOptions,
): TransactionIdentity => {
  const { cluster, coordinator, transactionalId } = options;
  /** The identity in use; `last` is what a renewal replaces, undefined before the first. */
  let identity: Promise<ProducerIdentity> | undefined;
  let last: ProducerIdentity | undefined;
  /** That the coordinator knows of the identity. */
  let { transactionTimeoutMs } = options;
  /** What a predecessor left, until it is looked over. */
  let inherited: LastTransaction | undefined;
  /** The last transaction that has ended, whose markers may be missing. */
  let before: EndedTransaction | undefined;
  /** One whose end was not answered. */
  let unanswered: { readonly open: OpenTransaction; readonly said: Outcome } | undefined;

  /** What is open but has not begun may hide records of the one before, and ends as that one did. */
  const endingOf = (open: OpenTransaction, outcome: Outcome): Outcome =>
    open.isBegun() ? outcome : (before?.outcome ?? outcome);

  const ended = (open: OpenTransaction, outcome: Outcome, disturbances: number | undefined) => {
    if (open.isBegun()) before = { span: open.span(), outcome, disturbances };
    else if (before !== undefined) before = { ...before, disturbances: undefined };
  };

  /**
   * Ends what may be open under an identity that is about to be renewed: left to the renewal, the
   * coordinator would abort it under an epoch of its own and take the renewal for a zombie's.
   */
  const endLeftOver = async (owner: TransactionOwner) => {
    const outcome = unanswered === undefined ? 'abort' : endingOf(unanswered.open, 'abort');
    const { errorCode } = await coordinator.ask(
      'transaction',
      transactionalId,
      endTxn(owner, outcome),
      // Nothing is open, or it was committed after all: then there is nothing to abort.
      (answer) => (answer.errorCode === ERROR.invalidTxnState ? [] : [answer.errorCode]),
    );
    if (unanswered === undefined) return;
    const { open, said } = unanswered;
    const isCommitted = said === 'commit' && errorCode === ERROR.invalidTxnState;
    ended(open, isCommitted ? 'commit' : outcome, undefined);
    unanswered = undefined;
  };

  /** Whether all that has ended before has its markers; false: what was announced since was ended with their repetition. */
  const isSettled = async (owner: TransactionOwner, hasAnnounced: boolean): Promise<boolean> => {
    const disturbances = cluster.disturbances();
    if (before === undefined || before.disturbances === disturbances) return true;
    await repeatMarkers(options, owner, before, hasAnnounced);
    before = { ...before, disturbances };
    return false;
  };

  const renew = async (): Promise<ProducerIdentity> => {
    const current = last;
    if (current === undefined) inherited ??= await lastTransaction(coordinator, transactionalId);
    else await endLeftOver({ transactionalId, ...current });
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
    if (inherited !== undefined) before = await lookOver(options, inherited);
    inherited = undefined;
    const owner = { transactionalId, ...last };
    while (!(await isSettled(owner, false)));
    return last;
  };

  const take = (): Promise<ProducerIdentity> => {
    if (identity !== undefined) return identity;
    const taking = renew();
    identity = taking;
    taking.catch(() => {
      identity = undefined;
    });
    return taking;
  };

  return {
    take,
    giveUp() {
      identity = undefined;
    },
    limit(timeoutMs) {
      if (timeoutMs === transactionTimeoutMs) return false;
      transactionTimeoutMs = timeoutMs;
      return identity !== undefined;
    },
    async end(owner, open, outcome) {
      if (open.isEmpty()) return;
      const said = endingOf(open, outcome);
      const disturbances = cluster.disturbances();
      unanswered = { open, said };
      await sayEnd(coordinator, owner, said);
      unanswered = undefined;
      ended(open, said, disturbances);
    },
    hasBegun(owner, tookMs) {
      if (before !== undefined && tookMs > SLOW_ANNOUNCEMENT_MS)
        before = { ...before, disturbances: undefined };
      return isSettled(owner, true);
    },
    async settle() {
      if (before === undefined) return;
      const owner = { transactionalId, ...(await take()) };
      do await sayEnd(coordinator, owner, before.outcome);
      while (!(await isSettled(owner, false)));
    },
  };
};

/** What is to be said again of a predecessor's last transaction; undefined when nothing within reach is open. */
const lookOver = async (
  { cluster, reach, timeoutMs }: TransactionIdentityOptions,
  { hasEnded, outcome, partitions }: LastTransaction,
): Promise<EndedTransaction | undefined> => {
  const open = await openWithin(cluster, reach, timeoutMs);
  const span = {
    partitions: [...partitions, ...open],
    groups: hasEnded || partitions.length > 0 ? (reach.groups ?? []) : [],
  };
  if (span.partitions.length + span.groups.length === 0) return undefined;
  return { span, outcome, disturbances: undefined };
};
