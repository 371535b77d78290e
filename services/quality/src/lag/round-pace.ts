/** How often a round comes, by what rounds cost: the mean of the last ones without the dearest, which may have met something else. */

export interface RoundPace {
  /** CPU of a round, microseconds as `process.cpuUsage` tells it. */
  spent(cpuMicroseconds: number): void;
  /** Until the next round, ms. */
  readonly everyMs: number;
}

/** Before that many, rounds compile and meet everything for the first time. */
const UNCOUNTED = 3;
const REMEMBERED = 12;
const INTERVAL_MS_MAX = 60_000;

/** @param cpuPermille thousandths of a core that rounds may cost on average */
export const createRoundPace = (intervalMs: number, cpuPermille: number): RoundPace => {
  const costs: number[] = [];
  let rounds = 0;
  return {
    spent(cpuMicroseconds) {
      rounds += 1;
      if (rounds <= UNCOUNTED) return;
      costs.push(cpuMicroseconds);
      if (costs.length > REMEMBERED) costs.shift();
    },
    get everyMs() {
      if (costs.length < 2) return intervalMs;
      const sum = costs.reduce((before, cost) => before + cost, 0);
      const mean = (sum - Math.max(...costs)) / (costs.length - 1);
      return Math.min(INTERVAL_MS_MAX, Math.max(intervalMs, mean / cpuPermille));
    },
  };
};
