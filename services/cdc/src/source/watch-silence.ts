/**
 * Notices a connection that is dead without a word: a cable pulled, a firewall that forgot it, a server that froze.
 * TCP alone tells only who still sends, and after a quarter of an hour.
 */
import type { Clock } from '@millrace/pipeline';

export interface SilenceOptions {
  /** Nothing for this long, although an answer was asked for, and the connection counts as lost; ms. */
  readonly limitMs: number;
  readonly clock: Clock;
  /** Asks the other side for a word. */
  ask(): void;
  lost(): void;
}

export interface SilenceWatch {
  /** Something came. */
  heard(): void;
  /** Nobody listens from now on: what comes is not seen. */
  suspend(): void;
  resume(): void;
  stop(): void;
}

const LOOKS = 6;
/** A third of the time passes before the other side is asked: it has two thirds to answer. */
const ASK_SHARE = 1 / 3;

export const watchSilence = (options: SilenceOptions): SilenceWatch => {
  const { clock, limitMs } = options;
  const stopping = new AbortController();
  let heardAtMs = clock.nowMs();
  let isSuspended = false;
  const heard = (): void => {
    heardAtMs = clock.nowMs();
  };
  const watch = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(limitMs / LOOKS, stopping.signal);
      if (isSuspended) continue;
      const silentMs = clock.nowMs() - heardAtMs;
      if (silentMs >= limitMs) {
        options.lost();
        return;
      }
      if (silentMs >= limitMs * ASK_SHARE) options.ask();
    }
  };
  // ends by `stop`
  watch().catch(() => undefined);
  return {
    heard,
    suspend: () => {
      isSuspended = true;
    },
    resume: () => {
      isSuspended = false;
      heard();
    },
    stop: () => stopping.abort(),
  };
};
