import type { Metrics } from '@millrace/runtime';

/** Of groups and topics, as the lag part fills them after a round: the 2,000 pairs with the most records. */
export const lagMetrics = (metrics: Metrics) => ({
  lagRecords: metrics.gauge({
    name: 'millrace_quality_group_lag_records',
    help: 'Records of a topic that a consumer group has not done.',
    labels: ['group', 'topic'],
  }),
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
