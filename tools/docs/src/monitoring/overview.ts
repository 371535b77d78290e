/** What people look at first, from the door to the tables. */
import type { Panel } from './panels.ts';

const one = (
  title: string,
  description: string,
  unit: string,
  ...queries: readonly (readonly [expression: string, legend: string])[]
): Panel => ({
  ...{ title, description, unit },
  queries: queries.map(([expression, legend]) => ({ expression, legend })),
});
const rate = (metric: string, by: string) => `sum by (${by}) (rate(${metric}[$__rate_interval]))`;

export const overviewPanels: readonly Panel[] = [
  one('Events accepted', 'What the doors took, by topic.', 'cps', [
    rate('millrace_ingest_accepted_events_total', 'topic'),
    '{{topic}}',
  ]),
  one('Rows landed', 'Rows inserted into ClickHouse, by table.', 'cps', [
    rate('millrace_sink_landed_rows_total', 'table'),
    '{{table}}',
  ]),
  one(
    'Time until queryable, p99',
    'From accepted or committed to queryable, beside what the contract promises.',
    's',
    [
      'max by (contract) (millrace_quality_stream_freshness_seconds{quantile="0.99"})',
      '{{contract}}',
    ],
    ['max by (contract) (millrace_quality_stream_objective_seconds)', '{{contract}} promised'],
  ),
  one('Error budget left', 'Of 30 days, by contract.', 'percentunit', [
    'min by (contract) (millrace_quality_stream_budget_left_ratio)',
    '{{contract}}',
  ]),
  one('Lag', 'How long ago the first record was written that a group has not done.', 's', [
    'max by (group) (millrace_quality_group_lag_seconds)',
    '{{group}}',
  ]),
  one(
    'Rows missing or double',
    'Records on Kafka that are not rows, and rows that are there twice. Anything but 0 is wrong.',
    'short',
    ['sum(millrace_quality_stream_missing_rows)', 'missing'],
    ['sum(millrace_quality_stream_double_rows)', 'double'],
  ),
  one('Changes captured', 'Row changes of PostgreSQL, by operation.', 'cps', [
    rate('millrace_cdc_captured_rows_total', 'op'),
    '{{op}}',
  ]),
  one(
    'Capture behind its source',
    'Age of the newest change on Kafka, and of the last heartbeat.',
    's',
    ['max(millrace_cdc_commit_to_kafka_seconds)', 'commit to Kafka'],
    ['max(millrace_cdc_heartbeat_lag_seconds)', 'heartbeat'],
  ),
  one(
    'Write-ahead log kept for the slot',
    'PostgreSQL keeps it until it is confirmed.',
    'bytes',
    ['max(millrace_cdc_retained_wal_bytes)', 'kept'],
    ['max(millrace_cdc_slot_safe_wal_bytes < +Inf)', 'until the slot is lost'],
  ),
  one(
    'Dead letters and rejected events',
    'Records that a service could not process, and events that the door refused.',
    'cps',
    ['sum(rate(millrace_sink_dead_records_total[$__rate_interval]))', 'sink'],
    ['sum(rate(millrace_cdc_dead_letter_rows_total[$__rate_interval]))', 'cdc'],
    ['sum(rate(millrace_stream_transform_dead_records_total[$__rate_interval]))', 'transforms'],
    ['sum(rate(millrace_ingest_rejected_events_total[$__rate_interval]))', 'rejected'],
  ),
  one('Transforms', 'Records processed, by transform.', 'cps', [
    rate('millrace_stream_transform_processed_records_total', 'transform'),
    '{{transform}}',
  ]),
  one('Open alerts', 'Of the quality service, by severity.', 'short', [
    'max by (severity) (millrace_quality_open_alerts_state)',
    '{{severity}}',
  ]),
];
