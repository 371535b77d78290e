import type { Metrics } from '@millrace/runtime';
import { accessMetrics } from './access/metrics.ts';
import { alertMetrics } from './alerts/metrics.ts';
import { deadMetrics } from './dead/metrics.ts';
import { healthMetrics } from './health/metrics.ts';
import { lagMetrics } from './lag/metrics.ts';
import { rulesMetrics } from './rules/metrics.ts';

/** Everything that the quality service measures. */
export const createQualityMetrics = (metrics: Metrics) => ({
  watchSeconds: metrics.histogram({
    name: 'millrace_quality_watch_duration_seconds',
    help: 'Time of one round of a watch.',
    labels: ['watch'],
  }),
  watchErrors: metrics.counter({
    name: 'millrace_quality_watch_errors_total',
    help: 'Rounds of a watch that failed, by error code; the next round tries anew.',
    labels: ['watch', 'code'],
  }),
  kafkaRequests: metrics.counter({
    name: 'millrace_quality_kafka_requests_total',
    help: 'Requests to the brokers, by their name in Kafka’s protocol: what watching costs them.',
    labels: ['request'],
  }),
  openConditions: metrics.gauge({
    name: 'millrace_quality_open_conditions_state',
    help: 'Things that are not well now, by severity.',
    labels: ['severity'],
  }),
  historyRows: metrics.counter({
    name: 'millrace_quality_history_rows_total',
    help: 'Measurements written to ClickHouse, by table.',
    labels: ['table'],
  }),
  historyLost: metrics.counter({
    name: 'millrace_quality_history_lost_rows_total',
    help: 'Measurements that ClickHouse did not take in time, by table.',
    labels: ['table'],
  }),
  ...accessMetrics(metrics),
  ...alertMetrics(metrics),
  ...deadMetrics(metrics),
  ...lagMetrics(metrics),
  ...healthMetrics(metrics),
  ...rulesMetrics(metrics),
});

export type QualityMetrics = ReturnType<typeof createQualityMetrics>;
