/** What is measured of streams: whether they arrive, in time and all of them. Labels are contracts, which are few and known. */
import type { Metrics } from '@millrace/runtime';

export const healthMetrics = (metrics: Metrics) => ({
  streamFreshness: metrics.gauge({
    name: 'millrace_quality_stream_freshness_seconds',
    help: 'From accepted or committed to queryable, of rows of the last quarter of an hour, by quantile.',
    labels: ['contract', 'quantile'],
  }),
  streamObjective: metrics.gauge({
    name: 'millrace_quality_stream_objective_seconds',
    help: 'The latency that the contract promises.',
    labels: ['contract'],
  }),
  streamWithin: metrics.gauge({
    name: 'millrace_quality_stream_within_objective_ratio',
    help: 'Share of the rows of 24 hours that were in time.',
    labels: ['contract'],
  }),
  streamBudget: metrics.gauge({
    name: 'millrace_quality_stream_budget_left_ratio',
    help: 'What is left of the error budget of 30 days; below 0 when it is overdrawn.',
    labels: ['contract'],
  }),
  streamBurn: metrics.gauge({
    name: 'millrace_quality_stream_burn_ratio',
    help: 'How fast the error budget went in the last hour; 1 uses it up exactly in 30 days.',
    labels: ['contract'],
  }),
  streamOverdue: metrics.gauge({
    name: 'millrace_quality_stream_overdue_records',
    help: 'Records that have waited longer than the objective and are not queryable yet.',
    labels: ['contract'],
  }),
  streamOldest: metrics.gauge({
    name: 'millrace_quality_stream_oldest_waiting_seconds',
    help: 'Age of the oldest record that waits for the sink; 0 when none does.',
    labels: ['contract'],
  }),
  streamMissing: metrics.gauge({
    name: 'millrace_quality_stream_missing_rows',
    help: 'Records behind the offsets of the sink that are neither rows nor dead letters.',
    labels: ['contract'],
  }),
  streamDouble: metrics.gauge({
    name: 'millrace_quality_stream_double_rows',
    help: 'Offsets of more than one row, and rows of no record.',
    labels: ['contract'],
  }),
  dimensionDiffering: metrics.gauge({
    name: 'millrace_quality_dimension_differing_rows',
    help: 'Rows of a dimension that are missing, too many or different, at the last comparison.',
    labels: ['contract'],
  }),
  canarySent: metrics.counter({
    name: 'millrace_quality_canary_sent_events_total',
    help: 'Canaries that the door or Kafka took.',
  }),
  canaryLost: metrics.counter({
    name: 'millrace_quality_canary_lost_events_total',
    help: 'Canaries that could not be queried in time, or were not taken.',
  }),
  canaryRoundTrip: metrics.histogram({
    name: 'millrace_quality_canary_round_trip_seconds',
    help: 'From the sending of a canary to its row.',
  }),
});

export type HealthMetrics = ReturnType<typeof healthMetrics>;
