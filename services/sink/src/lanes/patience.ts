/**
 * How a lane waits for something outside itself: growing pauses with jitter, one log line once it is more
 * than a hiccup, one when it is over. WARN while it may pass by itself, ERROR when a person has to act.
 */
import { MillraceError } from '@millrace/contracts';
import { type Clock, type Logger, pauseMs, type RetryPolicy } from '@millrace/pipeline';

export interface Patience {
  /** Sleeps before the next try; rejects when the signal aborts first. */
  backOff(error: MillraceError): Promise<void>;
  /** The last try succeeded. */
  goesOn(): void;
  /** Why the lane waits; undefined when it does not. */
  waitsFor(): string | undefined;
}

const repeatPolicy: RetryPolicy = { initialMs: 100, multiplier: 2, maxMs: 10_000, jitter: 0.5 };
/** Failures after which a lane is said to wait. */
const WAITS_AFTER = 3;

export function createPatience(
  lane: { readonly topic: string; readonly partition: number },
  clock: Clock,
  logger: Logger,
  signal: AbortSignal,
): Patience {
  const { topic, partition } = lane;
  let failures = 0;
  let waiting: string | undefined;
  return {
    backOff: async (error) => {
      failures += 1;
      const fields = { topic, partition, code: error.code, reason: error.message, failures };
      if (failures === WAITS_AFTER) {
        waiting = `${topic}/${partition} waits: ${error.message}`;
        if (passesByItself(error)) logger.warn(fields, 'a partition waits and tries again');
        else logger.error(fields, 'a partition waits for a person');
      }
      await clock.sleep(pauseMs(repeatPolicy, failures), signal);
    },
    goesOn: () => {
      if (waiting) logger.info({ topic, partition, failures }, 'a partition goes on');
      failures = 0;
      waiting = undefined;
    },
    waitsFor: () => waiting,
  };
}

/** The sink's own conditions are retryable, too, but only a person or a migration changes them. */
const passesByItself = (error: MillraceError): boolean =>
  error.retryable && !error.code.startsWith('sink.');

/** What only a person or a migration changes, and what holds up no other table meanwhile. */
const NEED_A_PERSON: ReadonlySet<string> = new Set([
  'sink.refused-too-often',
  'clickhouse.rejected',
  // The dead letter topic takes none: too large, no right to write, set up otherwise.
  'kafka.record-too-large',
  'kafka.record-refused',
  'kafka.not-authorised',
  'kafka.refused',
]);

/** Errors that leave a lane waiting; every other is a bug and ends the process. */
export const isWorthWaiting = (error: unknown): error is MillraceError =>
  error instanceof MillraceError && (error.retryable || NEED_A_PERSON.has(error.code));
