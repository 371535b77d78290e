import { AggregatorRegistry, type MetricObject } from 'prom-client';

/** The values of all metrics at one moment: plain data, which can be sent between threads. */
export type MetricsSnapshot = readonly MetricObject[];

/**
 * The text of several snapshots as one: counters, gauges and the buckets of histograms are summed by labels. What only
 * one of them has stands as it is, also where prom-client has no sum of it (the start time of a process).
 */
export const renderMerged = (snapshots: readonly MetricsSnapshot[]): Promise<string> => {
  const all = snapshots.flat();
  const times = new Map<string, number>();
  for (const { name } of all) times.set(name, (times.get(name) ?? 0) + 1);
  const merging = all.map((metric) =>
    times.get(metric.name) === 1 ? { ...metric, aggregator: 'first' as const } : metric,
  );
  return AggregatorRegistry.aggregate([merging]).metrics();
};
