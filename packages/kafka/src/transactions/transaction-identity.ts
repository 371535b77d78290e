import { systemClock } from '@millrace/pipeline';
import type { Cluster } from '../cluster/cluster.ts';
import { ERROR } from '../cluster/protocol-errors.ts';
import { initProducerId, type ProducerIdentity } from '../messages/produce-messages.ts';
import { endTxn, type TransactionOwner } from '../messages/transaction-messages.ts';
import type { TransactionReach } from '../producer.ts';
import { type LastTransaction, lastTransaction, openWithin } from './left-behind.ts';
import {
  announceSpan,
  type EndedTransaction,
  type Outcome,
  repeatMarkers,
  sayEnd,
  type TransactionSpan,
} from './repeat-markers.ts';
import type { TransactionCoordinator } from './transaction-coordinator.ts';
import { repeatingTimeoutMs, wholeTimeoutMs } from './transaction-timeout.ts';

/**
 * Under which producer id and epoch transactions are, and how the last of them ended. Taken from the coordinator once, and
 * renewed after everything that leaves sequence numbers, a transaction or its markers in doubt. A renewal names the
 * identity that it replaces, so a producer that was fenced cannot fence its successor in turn (KIP-360).
 *
 * A transaction is announced only when the one before is known to have ended on every partition: whoever finds one open,
 * the coordinator after its time-out or a successor, may abort it. How a commit ended that is in doubt stands in the
 * coordinator at every moment: as its state, or by the time-out of the identity under which it is repeated.
 */
export interface TransactionIdentity {
  /** The one in use, or another when it was given up, behind the end of whatever was open under the last. */
  take(): Promise<ProducerIdentity>;
  /** What is taken next is another one. */
  giveUp(): void;
  /** Of transactions from now on, ms. The coordinator takes it only with an identity: true when it is to be another one. */
  limit(timeoutMs: number): boolean;
  /**
   * Announces a transaction, when the one before has ended everywhere.
   * @param spanSoFar asked for what is announced now, perhaps again
   */
  begin(spanSoFar: () => TransactionSpan): Promise<TransactionOwner>;
  /** Ends a transaction that has begun. */
  end(owner: TransactionOwner, span: TransactionSpan, outcome: Outcome): Promise<void>;
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
  /** Sequence numbers begin again. */
  givenUp(): void;
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
  let timeoutMs = wholeTimeoutMs(options.transactionTimeoutMs);
  /** What a predecessor left, until it is looked over. */
  let inherited: LastTransaction | undefined;
  /** The last transaction that has ended, until its markers are known to be written. */
  let before: EndedTransaction | undefined;
  /** One that has begun and whose end was not answered. */
  let unanswered: { readonly span: TransactionSpan; readonly said: Outcome } | undefined;

  const isInDoubt = (): boolean =>
    before !== undefined && before.disturbances !== cluster.disturbances();

  const ownerNow = async (): Promise<TransactionOwner> => ({ transactionalId, ...(await take()) });

  const giveUp = () => {
    identity = undefined;
    options.givenUp();
  };

  /**
   * Ends what may be open under an identity that is about to be renewed: left to the renewal, the
   * coordinator would abort it under an epoch of its own and take the renewal for a zombie's.
   */
  const endLeftOver = async (owner: TransactionOwner) => {
    // what has not begun has no records, and hides perhaps those of the one before
    const outcome = unanswered === undefined ? (before?.outcome ?? 'abort') : 'abort';
    const { errorCode } = await coordinator.ask(
      'transaction',
      transactionalId,
      endTxn(owner, outcome),
      // Nothing is open, or it was committed after all: then there is nothing to abort.
      (answer) => (answer.errorCode === ERROR.invalidTxnState ? [] : [answer.errorCode]),
    );
    if (unanswered === undefined) return;
    const { span, said } = unanswered;
    const isCommitted = said === 'commit' && errorCode === ERROR.invalidTxnState;
    before = { span, outcome: isCommitted ? 'commit' : 'abort', disturbances: undefined };
    unanswered = undefined;
  };

  /** Another epoch. What a predecessor left is asked for with every try: the one before may have changed it. */
  const initialize = async (): Promise<{ readonly isMarked: boolean }> => {
    const current = last;
    let isMarked = false;
    const answer = await coordinator.ask(
      'transaction',
      transactionalId,
      async () => {
        if (current === undefined) {
          const found = await lastTransaction(coordinator, transactionalId);
          // what it spans is told until it is complete
          const partitions = [...(inherited?.partitions ?? []), ...found.partitions];
          inherited = { ...found, partitions };
        }
        const ended = inherited ?? (isInDoubt() ? before : undefined);
        isMarked = ended?.outcome === 'commit';
        return initProducerId({
          transactionalId,
          transactionTimeoutMs: isMarked ? repeatingTimeoutMs(timeoutMs) : timeoutMs,
          ...(current !== undefined && { current }),
        });
      },
      ({ errorCode }) => [errorCode],
    );
    last = { producerId: answer.producerId, producerEpoch: answer.producerEpoch };
    return { isMarked };
  };

  const renew = async (): Promise<ProducerIdentity> => {
    if (last !== undefined) await endLeftOver({ transactionalId, ...last });
    const { isMarked } = await initialize();
    if (inherited !== undefined) before = await lookOver(options, inherited);
    while (before !== undefined && isInDoubt()) {
      const disturbances = cluster.disturbances();
      await repeatMarkers(options, { transactionalId, ...last! }, before);
      before = { ...before, disturbances };
    }
    // an identity is given when all markers of the transaction before are written
    inherited = undefined;
    before = undefined;
    if (isMarked) await initialize();
    return last!;
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
    giveUp,
    limit(asked) {
      if (wholeTimeoutMs(asked) === timeoutMs) return false;
      timeoutMs = wholeTimeoutMs(asked);
      return identity !== undefined;
    },
    async begin(spanSoFar) {
      for (;;) {
        if (isInDoubt()) giveUp();
        const owner = await ownerNow();
        const startedMs = systemClock.nowMs();
        try {
          await announceSpan(coordinator, owner, spanSoFar(), isInDoubt);
        } catch (error) {
          if (!isInDoubt()) {
            giveUp();
            throw error;
          }
        }
        const tookMs = systemClock.nowMs() - startedMs;
        if (before !== undefined && tookMs > SLOW_ANNOUNCEMENT_MS)
          before = { ...before, disturbances: undefined };
        if (!isInDoubt()) return owner;
      }
    },
    async end(owner, span, outcome) {
      const disturbances = cluster.disturbances();
      unanswered = { span, said: outcome };
      await sayEnd(coordinator, owner, outcome);
      unanswered = undefined;
      before = { span, outcome, disturbances };
    },
    async settle() {
      while (before !== undefined) {
        if (isInDoubt()) giveUp();
        const owner = await ownerNow();
        if (before === undefined) return;
        await sayEnd(coordinator, owner, before.outcome);
        if (!isInDoubt()) before = undefined;
      }
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
