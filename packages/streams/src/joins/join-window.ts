import { MillraceError } from '@millrace/contracts';
import { type Duration, durationMs } from '../durations.ts';

/**
 * How far in time two records may lie apart: `within` both ways, or a record of the other stream at most
 * `before` or `after` the one of this stream. Bounds count as inside.
 */
export type JoinWindow = (
  | { readonly within: Duration }
  | { readonly before: Duration; readonly after: Duration }
) & {
  /** How long after its end a window stays open for records out of order; none when left out. */
  readonly grace?: Duration;
};

export interface JoinReach {
  readonly beforeMs: number;
  readonly afterMs: number;
  readonly graceMs: number;
}

/** Throws `transform.invalid`. */
export const joinReach = (window: JoinWindow): JoinReach => {
  const graceMs = durationMs(window.grace ?? 0);
  if ('within' in window) {
    if ('before' in window || 'after' in window) {
      throw new MillraceError(
        'transform.invalid',
        'a join has either `within`, or `before` and `after`',
      );
    }
    const withinMs = durationMs(window.within);
    return { beforeMs: withinMs, afterMs: withinMs, graceMs };
  }
  return { beforeMs: durationMs(window.before), afterMs: durationMs(window.after), graceMs };
};
