/** What a round found as metrics: a series for each group and topic, up to a bound, those with the most records first. */
import { lagStates } from '@millrace/operations';
import type { LagSight } from './lag-watcher.ts';
import type { LagMetrics } from './metrics.ts';

/** A scraper keeps every series that it ever saw. */
const SERIES_MAX = 2000;

export const showLag = (sight: LagSight, intervalMs: number, metrics: LagMetrics): void => {
  for (const name of ['lagRecords', 'lagSeconds', 'groupState', 'groupMembers'] as const)
    metrics[name].reset();
  const groups = [...sight.groups.values()].filter(({ topics }) => topics.size > 0);
  const pairs = groups.flatMap(({ groupId, topics }) =>
    [...topics].map(([topic, { totals }]) => ({ group: groupId, topic, totals })),
  );
  if (pairs.length > SERIES_MAX) pairs.sort((a, b) => b.totals.records - a.totals.records);
  for (const { group, topic, totals } of pairs.slice(0, SERIES_MAX)) {
    metrics.lagRecords.set({ group, topic }, totals.records);
    if (totals.ageMs >= 0) metrics.lagSeconds.set({ group, topic }, totals.ageMs / 1000);
  }
  for (const { groupId: group, state: found, members } of groups.slice(0, SERIES_MAX)) {
    for (const state of lagStates) if (state === found) metrics.groupState.set({ group, state }, 1);
    metrics.groupMembers.set({ group }, members.length);
  }
  metrics.watchedPartitions.set(sight.layout.partitions);
  metrics.lagInterval.set(intervalMs / 1000);
};
