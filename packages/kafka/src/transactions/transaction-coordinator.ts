import { MillraceError } from '@millrace/contracts';
import { type Logger, systemClock } from '@millrace/pipeline';
import type { Cluster } from '../cluster/cluster.ts';
import type { Exchange } from '../cluster/exchange.ts';
import {
  ERROR,
  errorName,
  isCoordinatorError,
  isFenced,
  isLeaderError,
  isUnavailable,
  refused,
} from '../cluster/protocol-errors.ts';

/**
 * Requests to the coordinators of a transaction, repeated until they are answered for good. All of them
 * may be repeated: the coordinator knows by producer id and epoch what it has done already. So an error
 * while ending a transaction does not leave it in between (T2), and a coordinator that is still finishing
 * the transaction before is asked again within milliseconds (T3, T22), not after kafkajs's 300.
 */
export interface TransactionCoordinator {
  /**
   * Rejects with `kafka.fenced`, with `kafka.unavailable` after the time-out, else as the code says.
   * @param exchange or what makes it anew for every try, and ends the tries when it rejects
   */
  ask<Response>(
    kind: 'group' | 'transaction',
    key: string,
    exchange: Exchange<Response> | (() => Exchange<Response> | Promise<Exchange<Response>>),
    codesOf: (response: Response) => readonly number[],
  ): Promise<Response>;
}

/** CONCURRENT_TRANSACTIONS passes within milliseconds: markers are being written. */
const CONCURRENT_PAUSE_MS = [1, 2, 3, 5, 8, 13, 20];
const UNAVAILABLE_PAUSE_MS = [20, 40, 80, 160, 320, 640, 1_000];

/** A request that is not answered for good by then is told, once. */
const SLOW_MS = 5_000;

const pick = (pauses: readonly number[], tries: number): number =>
  pauses[Math.min(tries, pauses.length - 1)]!;

const overForMember = new Set<number>([
  ERROR.illegalGeneration,
  ERROR.unknownMemberId,
  ERROR.rebalanceInProgress,
  ERROR.fencedInstanceId,
]);

const passing = (code: number): boolean =>
  isCoordinatorError(code) || isLeaderError(code) || code === ERROR.unstableOffsetCommit;

export interface TransactionCoordinatorOptions {
  readonly cluster: Cluster;
  /** How long one request may be repeated, ms. */
  readonly timeoutMs: number;
  readonly logger: Pick<Logger, 'warn'>;
  /** A later instance has taken over the transactional id. */
  fenced(error: MillraceError): void;
}

export const createTransactionCoordinator = ({
  cluster,
  timeoutMs,
  logger,
  fenced,
}: TransactionCoordinatorOptions): TransactionCoordinator => ({
  async ask(kind, key, exchange, codesOf) {
    const startedMs = systemClock.nowMs();
    const deadlineMs = startedMs + timeoutMs;
    let isTold = false;
    let doing = `a request of ${kind} ${key}`;
    for (let tries = 0; ; tries += 1) {
      let pauses = UNAVAILABLE_PAUSE_MS;
      let reason: unknown;
      try {
        const nodeId = await cluster.coordinator(kind, key);
        const request = typeof exchange === 'function' ? await exchange() : exchange;
        doing = `${request.apiName} of ${kind} ${key}`;
        const response = await cluster.send(nodeId, request);
        const code = codesOf(response).find((one) => one !== ERROR.none);
        if (code === undefined) return response;
        if (isFenced(code) || overForMember.has(code)) {
          const error = new MillraceError('kafka.fenced', `${doing}: ${errorName(code)}`);
          if (isFenced(code)) fenced(error);
          throw error;
        }
        if (code === ERROR.concurrentTransactions) pauses = CONCURRENT_PAUSE_MS;
        else if (passing(code)) cluster.forgetCoordinator(kind, key);
        else throw refused(code, doing);
        reason = errorName(code);
      } catch (error) {
        if (!isUnavailable(error)) throw error;
        cluster.forgetCoordinator(kind, key);
        reason = error;
      }
      const pause = pick(pauses, tries);
      if (systemClock.nowMs() + pause > deadlineMs) {
        throw new MillraceError('kafka.unavailable', `${doing}: no answer in ${timeoutMs} ms`, {
          retryable: true,
          cause: reason,
        });
      }
      if (!isTold && systemClock.nowMs() - startedMs > SLOW_MS) {
        isTold = true;
        const why = reason instanceof Error ? reason.message : reason;
        logger.warn({ reason: why, tries }, `${doing} is asked again and again`);
      }
      await systemClock.sleep(pause);
    }
  },
});
