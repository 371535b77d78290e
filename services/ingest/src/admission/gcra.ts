/**
 * One rate with a burst: the generic cell rate algorithm (ITU-T I.371, virtual scheduling), whose whole state is one
 * time. Differs from the text in one thing: a cost that is known only afterwards may be charged into debt. Not who is
 * limited: accounts.ts.
 */
export interface Rate {
  readonly perSecond: number;
  /** What may be taken at once after a rest; at least 1. */
  readonly burst: number;
}

export interface Gcra {
  readonly rate: Rate;
  /** Ms from now until the cost can be taken; 0: at once. A cost above the burst waits for the whole burst. */
  waitMs(cost: number, nowMs: number): number;
  /** Takes the cost whether it is there or not: what is missing is paid before anything else is let in. */
  charge(cost: number, nowMs: number): void;
  /** What can be taken now; never below 0. */
  left(nowMs: number): number;
  /** Ms until the whole burst is there again. */
  fullInMs(nowMs: number): number;
}

/** Below this a wait is an error of rounding. */
const noWaitMs = 1e-6;

/** Times are ms of one monotonic clock. */
export const createGcra = (rate: Rate): Gcra => {
  const intervalMs = 1000 / rate.perSecond;
  const toleranceMs = rate.burst * intervalMs;
  /** The theoretical arrival time: when everything taken so far has been paid for. */
  let paidAtMs = Number.NEGATIVE_INFINITY;
  return {
    rate,
    waitMs: (cost, nowMs) => {
      const after = Math.max(paidAtMs, nowMs) + Math.min(cost, rate.burst) * intervalMs;
      const wait = after - toleranceMs - nowMs;
      return wait < noWaitMs ? 0 : wait;
    },
    charge: (cost, nowMs) => {
      paidAtMs = Math.max(paidAtMs, nowMs) + cost * intervalMs;
    },
    left: (nowMs) =>
      Math.max(0, Math.floor((toleranceMs - Math.max(0, paidAtMs - nowMs)) / intervalMs + 1e-9)),
    fullInMs: (nowMs) => Math.max(0, paidAtMs - nowMs),
  };
};

/** What a client is told to wait, whole seconds, never less than needed. */
export const retrySeconds = (waitMs: number): number => Math.max(1, Math.ceil(waitMs / 1000));
