import { expect, test } from 'vitest';
import { createMetrics, describeMetrics } from './metrics.ts';

test.each([
  ['counter', 'millrace_sink_landed_rows_total'],
  ['gauge', 'millrace_sink_lag_seconds'],
  ['histogram', 'millrace_sink_insert_seconds'],
] as const)('a %s may be called %s', (type, name) => {
  expect(() => createMetrics('sink')[type]({ name, help: 'h' })).not.toThrow();
});

test.each([
  ['counter', 'millrace_sink_landed_rows', '_total'],
  ['gauge', 'millrace_sink_landed_rows_total', '_total'],
  ['gauge', 'millrace_cdc_lag_seconds', 'begins with millrace_sink_'],
  ['gauge', 'millrace_sink_Lag_seconds', 'snake_case'],
  ['gauge', 'millrace_sink_lag_ms', 'a noun and a unit are missing'],
  ['gauge', 'millrace_sink_seconds', 'a noun and a unit are missing'],
] as const)('a %s may not be called %s', (type, name, message) => {
  expect(() => createMetrics('sink')[type]({ name, help: 'h' })).toThrow(message);
});

test('a gauge with a collector is set at each scrape', async () => {
  const metrics = createMetrics('stream-transform');
  let depth = 1;
  metrics.gauge({
    name: 'millrace_stream_transform_queue_bytes',
    help: 'h',
    collect: (gauge) => gauge.set(depth),
  });
  expect(await metrics.render()).toContain('queue_bytes 1');
  depth = 2;
  expect(await metrics.render()).toContain('queue_bytes 2');
});

test('what a service measures can be described without running it', () => {
  expect(
    describeMetrics('sink', (metrics) =>
      metrics.counter({
        name: 'millrace_sink_dead_records_total',
        help: 'Dead.',
        labels: ['topic'],
      }),
    ),
  ).toEqual([
    { name: 'millrace_sink_dead_records_total', type: 'counter', help: 'Dead.', labels: ['topic'] },
  ]);
});
