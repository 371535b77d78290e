/** What the quality rules measure of themselves, spread into the service's metrics. */
import type { Metrics } from '@millrace/runtime';

export const rulesMetrics = (metrics: Metrics) => ({
  ruleState: metrics.gauge({
    name: 'millrace_quality_rule_state',
    help: 'The newest result of a rule: 0 passed, 1 warning, 2 failed, 3 error, -1 nothing to measure.',
    labels: ['contract', 'rule', 'place'],
  }),
  ruleOutcomes: metrics.counter({
    name: 'millrace_quality_rule_outcome_events_total',
    help: 'Looks at rules, by what came out.',
    labels: ['contract', 'outcome'],
  }),
  rulePassSeconds: metrics.histogram({
    name: 'millrace_quality_rule_pass_duration_seconds',
    help: 'Time of one pass over a table, for all of its rules that were due.',
    labels: ['scope'],
  }),
  liveRecords: metrics.counter({
    name: 'millrace_quality_live_records_total',
    help: 'Records of topics with rules: checked, passed_over (faster than what is looked at), unreadable.',
    labels: ['contract', 'fate'],
  }),
  resultsLost: metrics.counter({
    name: 'millrace_quality_results_lost_events_total',
    help: 'Results that could not be sent in time, by where they should have gone: stream or openlineage.',
    labels: ['target'],
  }),
});
