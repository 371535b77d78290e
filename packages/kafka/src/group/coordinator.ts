import { MillraceError } from '@millrace/contracts';
import { type Logger, systemClock } from '@millrace/pipeline';
import type { Cluster, Lane } from '../cluster/cluster.ts';
import type { Exchange } from '../cluster/exchange.ts';
import { errorName, isCoordinatorError, isUnavailable } from '../cluster/protocol-errors.ts';
import { pauseMs } from '../cluster/retry.ts';

/**
 * Requests to a group's coordinator, wherever it is at the moment. One look-up and one try per call; a
 * group outlives its coordinator's restarts, so the patient form tries until it is told to stop.
 */
export interface Coordinator {
  /** Rejects with `kafka.unavailable` when the coordinator is away, moving or loading. */
  send<Response extends { readonly errorCode: number }>(
    exchange: Exchange<Response>,
    lane?: Lane,
  ): Promise<Response>;
  /** As `send`, for answers whose error codes are per partition and left to the caller. */
  ask<Response>(exchange: Exchange<Response>, lane?: Lane): Promise<Response>;
  /** The address of this process as the coordinator sees it, unless something stands in between. */
  localAddress(): Promise<string | undefined>;
  /** Repeats `operation` while it rejects with `kafka.unavailable`, until the signal aborts. */
  patiently<T>(doing: string, operation: () => Promise<T>, signal: AbortSignal): Promise<T>;
  forget(): void;
}

/** Tries before the log says that something is wrong: about five seconds. */
const QUIET_TRIES = 10;

export const createCoordinator = (
  cluster: Cluster,
  logger: Logger,
  groupId: string,
): Coordinator => {
  const forget = () => cluster.forgetCoordinator('group', groupId);
  const withCoordinator = async <T>(work: (nodeId: number) => Promise<T>): Promise<T> => {
    const nodeId = await cluster.coordinator('group', groupId);
    try {
      return await work(nodeId);
    } catch (error) {
      if (isUnavailable(error)) forget();
      throw error;
    }
  };
  const ask: Coordinator['ask'] = (exchange, lane) =>
    withCoordinator((nodeId) => cluster.send(nodeId, exchange, lane));
  return {
    forget,
    ask,
    localAddress: () =>
      withCoordinator(async (nodeId) => (await cluster.open(nodeId, 'join')).localAddress()),
    async send(exchange, lane) {
      const answer = await ask(exchange, lane);
      if (!isCoordinatorError(answer.errorCode)) return answer;
      forget();
      throw new MillraceError(
        'kafka.unavailable',
        `${exchange.apiName} of group ${groupId}: ${errorName(answer.errorCode)}`,
        { retryable: true },
      );
    },
    async patiently(doing, operation, signal) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await operation();
        } catch (error) {
          if (signal.aborted || !isUnavailable(error)) throw error;
          if (attempt === QUIET_TRIES) logger.warn({ err: error, groupId }, `still ${doing}`);
          await systemClock.sleep(pauseMs(Math.min(attempt, 10)), signal);
        }
      }
    },
  };
};
