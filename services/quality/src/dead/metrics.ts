import type { Metrics } from '@millrace/runtime';

/** What the service measures of dead letters. */
export const deadMetrics = (metrics: Metrics) => ({
  deadIndexed: metrics.counter({
    name: 'millrace_quality_dead_indexed_records_total',
    help: 'Dead letters that were found and indexed, by the service that wrote them.',
    labels: ['letters_of'],
  }),
  deadRedriven: metrics.counter({
    name: 'millrace_quality_dead_redriven_records_total',
    help: 'Dead letters of redrives, by service and outcome.',
    labels: ['letters_of', 'outcome'],
  }),
  deadFloods: metrics.gauge({
    name: 'millrace_quality_dead_flooded_partitions',
    help: 'Partitions that wait because most of their records would be dead letters.',
  }),
});
