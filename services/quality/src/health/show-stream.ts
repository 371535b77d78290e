/** A stream's figures as gauges; what is not known is not shown. */
import type { StreamHealth } from '@millrace/operations';
import type { HealthMetrics } from './metrics.ts';

export const showStream = (metrics: HealthMetrics, health: StreamHealth): void => {
  const { contract, freshness, counts, dimension } = health;
  const show = (
    gauge: Pick<HealthMetrics['streamBurn'], 'set' | 'remove'>,
    value: number | null | undefined,
  ): void => {
    if (value === null || value === undefined) gauge.remove({ contract });
    else gauge.set({ contract }, value);
  };
  for (const [quantile, ms] of [
    ['0.5', freshness.p50Ms],
    ['0.99', freshness.p99Ms],
  ] as const)
    if (ms === null) metrics.streamFreshness.remove({ contract, quantile });
    else metrics.streamFreshness.set({ contract, quantile }, ms / 1000);
  show(
    metrics.streamObjective,
    freshness.objectiveMs === null ? null : freshness.objectiveMs / 1000,
  );
  show(metrics.streamWithin, freshness.withinObjective);
  show(metrics.streamBudget, freshness.budgetLeft);
  show(metrics.streamBurn, freshness.burnRate);
  show(metrics.streamOverdue, freshness.overdue);
  show(metrics.streamOldest, freshness.oldestWaitingMs / 1000);
  show(metrics.streamMissing, counts?.missing);
  show(metrics.streamDouble, counts?.double);
  show(
    metrics.dimensionDiffering,
    dimension === null ? null : dimension.missing + dimension.surplus + dimension.different,
  );
};
