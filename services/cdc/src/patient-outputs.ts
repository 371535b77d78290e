/**
 * Topics and schemas that a table of the stream needs while Kafka or the registry is away: they are asked for again
 * until they are there. The source is read no further meanwhile, and stays connected.
 */
import { type Clock, type Logger, type RetryPolicy, retry } from '@millrace/pipeline';
import type { Outputs } from './outputs.ts';

export interface Patience {
  readonly clock: Clock;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** Told before each pause, and with `undefined` when the waiting is over. */
  waiting(reason: string | undefined): void;
  readonly logger: Logger;
}

const policy: RetryPolicy = { initialMs: 100, multiplier: 2, maxMs: 5000, jitter: 0.3 };

/** The same outputs; only what no waiting cures is an error. */
export const createPatientOutputs = (outputs: Outputs, patience: Patience): Outputs => {
  const patiently = <Args extends readonly unknown[], T>(
    step: (...args: Args) => Promise<T>,
  ): ((...args: Args) => Promise<T>) => {
    let hasWaited = false;
    const untilThere = retry(step, policy, patience.clock, patience.signal, (notice) => {
      hasWaited = true;
      patience.waiting(notice.error.code);
      const { attempt, delayMs, error } = notice;
      patience.logger.warn({ err: error, attempt, delayMs }, 'an output is not there: asked again');
    });
    return async (...args) => {
      const result = await untilThere(...args);
      if (hasWaited) patience.waiting(undefined);
      hasWaited = false;
      return result;
    };
  };
  return {
    ...outputs,
    prepareTable: patiently(outputs.prepareTable),
    prepareMessageTopic: patiently(outputs.prepareMessageTopic),
    partitionsOf: patiently(outputs.partitionsOf),
  };
};
