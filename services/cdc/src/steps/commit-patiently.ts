/**
 * Kafka away for seconds or hours: the batch waits for it and is tried again, instead of ending the session. The stream
 * from PostgreSQL stays connected and answered, its slot still, and nothing more is read than may wait.
 *
 * A commit without an answer is not guessed at, and neither is an epoch that is over, which is also what a broker that
 * comes back does to a transaction whose time ran out: behind a new fence the position is read, and it tells. If it is
 * neither this batch's nor the one before, another instance has written, and this one ends its session.
 */
import { MillraceError } from '@millrace/contracts';
import type { PartitionBatch, TransactionalProducer } from '@millrace/kafka';
import { type Clock, type Logger, pauseMs, type RetryPolicy } from '@millrace/pipeline';
import type { Position } from '../position.ts';
import type { PositionLog } from '../position-log.ts';

export interface CommitOptions {
  readonly producer: TransactionalProducer;
  /** Another producer of the same transactional id, once the first one is fenced. */
  reopen(): TransactionalProducer;
  readonly positions: PositionLog;
  /** The last one that Kafka holds. */
  readonly position: Position;
  /** Whether the lock of the source is still ours: nobody else may be fenced otherwise. */
  isStillOurs(): Promise<boolean>;
  /** Told before each pause, and with `undefined` when Kafka took the batch. */
  waiting(reason: string | undefined): void;
  readonly clock: Clock;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** Writes batches and the position behind them in one transaction. Throws `kafka.*` that no waiting cures. */
export type CommitPatiently = (
  batches: readonly PartitionBatch[],
  position: Position,
) => Promise<void>;

const policy: RetryPolicy = { initialMs: 50, multiplier: 2, maxMs: 5000, jitter: 0.3 };

const isSame = (a: Position | undefined, b: Position): boolean =>
  a?.commitLsn === b.commitLsn && a.index === b.index && a.systemId === b.systemId;

/** The transaction may have been committed. */
const isInDoubt = ({ code }: MillraceError): boolean =>
  code === 'kafka.transaction-outcome-unknown' || code === 'kafka.fenced';

const isPassing = (error: unknown): error is MillraceError =>
  error instanceof MillraceError &&
  ((error.retryable && error.code.startsWith('kafka.')) || error.code === 'kafka.fenced');

export const createCommitPatiently = (options: CommitOptions): CommitPatiently => {
  const { clock, logger, positions, signal } = options;
  let { position: last, producer } = options;
  let hasWaited = false;

  let isFenced = false;

  /** Whether the transaction that was in doubt is committed. Throws `doubt` when another instance has the source. */
  const wasCommitted = async (next: Position, doubt: MillraceError): Promise<boolean> => {
    if (!(await options.isStillOurs())) throw doubt;
    if (isFenced) producer = options.reopen();
    isFenced = false;
    await producer.fence();
    const stored = await positions.read();
    if (isSame(stored, next)) return true;
    if (!isSame(stored, last)) throw doubt;
    return false;
  };

  return async (batches, next) => {
    let doubt: MillraceError | undefined;
    for (let attempt = 1; ; attempt++) {
      try {
        if (doubt !== undefined && (await wasCommitted(next, doubt))) break;
        doubt = undefined;
        await producer.transaction((transaction) =>
          transaction.send([...batches, positions.recordOf(next)]),
        );
        break;
      } catch (error) {
        if (!isPassing(error) || error === doubt) throw error;
        if (isInDoubt(error)) {
          // two batches with one position (rows of a snapshot beside the stream) look alike afterwards
          if (isSame(last, next)) throw error;
          doubt = error;
          isFenced = error.code === 'kafka.fenced';
        }
        const delayMs = pauseMs(policy, attempt);
        options.waiting(error.code);
        logger.warn({ err: error, attempt, delayMs }, 'Kafka did not take a batch: tried again');
        hasWaited = true;
        await clock.sleep(delayMs, signal);
      }
    }
    last = next;
    if (hasWaited) options.waiting(undefined);
    hasWaited = false;
  };
};
