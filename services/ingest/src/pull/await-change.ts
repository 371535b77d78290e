/** When a source that is followed looks again: after its interval, when its place tells, or when somebody nudges it. */
import type { Clock } from '@millrace/pipeline';
import type { PullSource } from './pull-source.ts';

export interface ChangeOptions {
  readonly everyMs: number;
  readonly clock: Clock;
  /** Resolves when the place itself tells; places that tell nothing have none. */
  readonly told?: (signal: AbortSignal) => Promise<void>;
}

/** The two words of a source that are the same for all. */
export const createAwaitChange = ({
  everyMs,
  clock,
  told,
}: ChangeOptions): Pick<PullSource, 'changed' | 'nudge'> => {
  let wake: (() => void) | undefined;
  let isNudged = false;
  return {
    changed: async (signal) => {
      const waiting = new AbortController();
      const either = AbortSignal.any([waiting.signal, signal]);
      const nudged = new Promise<void>((resolve) => {
        wake = resolve;
        if (isNudged) resolve();
      });
      const reasons = [nudged, clock.sleep(everyMs, either), ...(told ? [told(either)] : [])];
      // the losers of the race are told to end, and nobody listens
      for (const reason of reasons) reason.catch(() => undefined);
      try {
        await Promise.race(reasons);
      } finally {
        waiting.abort();
        wake = undefined;
        isNudged = false;
      }
    },
    nudge: () => {
      // one that comes while parts are read counts, too: they may have been listed before
      isNudged = true;
      wake?.();
    },
  };
};
