/**
 * The life of the service: one session after another. What is worth another try (PostgreSQL restarts, the
 * outcome of a Kafka commit is unknown) begins the next session after a pause; what is not ends the process.
 */
import { MillraceError } from '@millrace/contracts';
import { pauseMs, type RetryPolicy } from '@millrace/pipeline';
import type { RunningService } from '@millrace/runtime';
import { runSession, type SessionOptions } from './pipeline.ts';

const GOOD_SESSION_MS = 10_000;
const policy: RetryPolicy = { initialMs: 100, multiplier: 2, maxMs: 10_000, jitter: 0.3 };

export type CaptureOptions = Omit<SessionOptions, 'allowsBinary' | 'signal' | 'state'> & {
  /** Disconnects what the sessions share. */
  close(): Promise<void>;
};

/** Fenced: another instance has the source, and this one waits for it; or the broker ended a transaction of ours by the clock. */
const isWorthAnother = (error: unknown): error is MillraceError =>
  error instanceof MillraceError && (error.retryable || error.code === 'kafka.fenced');

export const startCapture = (options: CaptureOptions): RunningService => {
  const { clock, logger, metrics } = options;
  const stopping = new AbortController();
  let reason: string | undefined = 'starting';
  let attempt = 0;
  let streamingSinceMs = Number.POSITIVE_INFINITY;
  let allowsBinary = true;

  const session = () =>
    runSession({
      ...options,
      allowsBinary,
      signal: stopping.signal,
      state: (next) => {
        reason = next;
        if (next === undefined) streamingSinceMs = clock.nowMs();
      },
    });

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        if ((await session()) === 'ended') return;
      } catch (error) {
        if (stopping.signal.aborted) return;
        if (!isWorthAnother(error)) throw error;
        if (error.code === 'cdc.binary-unknown') allowsBinary = false;
        // one that broke at once is not a good one: the pauses go on growing
        if (clock.nowMs() - streamingSinceMs > GOOD_SESSION_MS) attempt = 0;
        streamingSinceMs = Number.POSITIVE_INFINITY;
        const delayMs = pauseMs(policy, ++attempt);
        reason = `beginning anew: ${error.code}`;
        metrics.reconnected();
        logger.warn({ err: error, attempt, delayMs }, 'session broke; another begins');
        await clock.sleep(delayMs, stopping.signal).catch(() => undefined);
      }
    }
  };

  const finished = run();
  return {
    ready: () => reason ?? true,
    stop: async () => {
      stopping.abort(new Error('stopping'));
      await finished;
      await options.close();
    },
    finished,
  };
};
