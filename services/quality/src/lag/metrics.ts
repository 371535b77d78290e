import type { Metrics } from '@millrace/runtime';

/**
 * Of groups and topics, as of the last round: the 2,000 pairs with the most records. Filled when somebody scrapes, since thousands
 * of series cost as much to set as the round itself.
 */
export const lagMetrics = (metrics: Metrics) => {
  let show = (): void => undefined;
  // the first of them: its turn at a scrape comes before that of the others
  const lagRecords = metrics.gauge({
    name: 'millrace_quality_group_lag_records',
    help: 'Records of a topic that a consumer group has not done.',
    labels: ['group', 'topic'],
    collect: () => show(),
  });
  return {
    ...restOf(metrics),
    lagRecords,
    /** @param fill sets all of them */
    showLagBy(fill: () => void): void {
      show = fill;
    },
  };
};

const restOf = (metrics: Metrics) => ({
  lagSeconds: metrics.gauge({
    name: 'millrace_quality_group_lag_seconds',
    help: 'Age of the first record of a topic that a consumer group has not done; 0 when all are done.',
    labels: ['group', 'topic'],
  }),
  groupState: metrics.gauge({
    name: 'millrace_quality_group_state',
    help: '1 for the state in which a consumer group is: ok, behind, stalled, stopped, rewound, empty or unknown.',
    labels: ['group', 'state'],
  }),
  groupMembers: metrics.gauge({
    name: 'millrace_quality_group_members_connections',
    help: 'Members of a consumer group.',
    labels: ['group'],
  }),
  watchedPartitions: metrics.gauge({
    name: 'millrace_quality_watched_partitions',
    help: 'Partitions of the cluster whose ends are looked at.',
  }),
  lagInterval: metrics.gauge({
    name: 'millrace_quality_lag_interval_seconds',
    help: 'From one look at all groups to the next; above the setting where rounds cost more CPU than they may.',
  }),
});

export type LagMetrics = ReturnType<typeof lagMetrics>;
