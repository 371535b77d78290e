/**
 * When to try again. Full jitter: a random share of an exponentially growing pause, so that clients that failed
 * together do not come back together (M. Brooker, "Exponential Backoff and Jitter", AWS, 2015).
 */

/** The longest pause that a server may ask for, ms; what is above is a mistake of a proxy. */
const askedMaxMs = 10 * 60_000;

export interface Backoff {
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/**
 * The pause before the next attempt, ms.
 * @param failures attempts that failed so far, from 1 on
 * @param askedMs what the server asked for: never undercut, and spread by up to the first pause
 */
export const retryDelayMs = (
  failures: number,
  askedMs: number | undefined,
  { backoffMs, backoffMaxMs, random }: Backoff,
): number =>
  askedMs === undefined
    ? random() * Math.min(backoffMaxMs, backoffMs * 2 ** Math.min(failures - 1, 30))
    : askedMs + random() * backoffMs;

/** `Retry-After` (RFC 9110, 10.2.3) in ms from now: seconds or a date; undefined when absent or unreadable. */
export const retryAfterMs = (header: string | null, nowMs: number): number | undefined => {
  if (header === null) return undefined;
  const text = header.trim();
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), askedMaxMs);
};
