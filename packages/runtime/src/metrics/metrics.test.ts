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

test('a tally is a counter that takes its sums at each scrape, also where threads are added up', async () => {
  const metrics = createMetrics('sink');
  const options = {
    name: 'millrace_sink_landed_rows_total',
    help: 'h',
    labels: ['topic'],
  } as const;
  const tally = metrics.tally(options);
  tally.add(2, 'a');
  expect(await metrics.render()).toContain('landed_rows_total{topic="a"} 2');
  tally.add(3, 'a');
  tally.add(1, 'b');
  const text = await metrics.render();
  expect(text).toContain('landed_rows_total{topic="a"} 5');
  expect(text).toContain('landed_rows_total{topic="b"} 1');
  tally.add(1, 'b');
  expect(await metrics.snapshot()).toMatchObject([
    { values: [{ value: 5 }, { labels: { topic: 'b' }, value: 2 }] },
  ]);
  expect(metrics.described).toEqual([{ ...options, type: 'counter' }]);
});

test('a tally without labels begins with nothing', async () => {
  const metrics = createMetrics('sink');
  const tally = metrics.tally({ name: 'millrace_sink_landed_rows_total', help: 'h' });
  expect(await metrics.render()).toContain('millrace_sink_landed_rows_total 0');
  tally.add(4);
  expect(await metrics.render()).toContain('millrace_sink_landed_rows_total 4');
});

test('a spread is a histogram, also where threads are added up', async () => {
  const values = [0.0005, 0.001, 0.2, 61];
  const [spread, histogram] = [createMetrics('sink'), createMetrics('sink')];
  const options = { name: 'millrace_sink_insert_seconds', help: 'h' };
  const [ours, theirs] = [spread.spread(options), histogram.histogram(options)];
  expect(await spread.render()).toBe(await histogram.render());
  for (const value of values) {
    ours.observe(value);
    theirs.observe(value);
  }
  expect(await spread.render()).toBe(await histogram.render());
  const [snapshot, other] = [await spread.snapshot(), await histogram.snapshot()];
  spread.include(async () => [other]);
  histogram.include(async () => [snapshot]);
  expect(await spread.render()).toBe(await histogram.render());
  expect(await spread.render()).toContain('insert_seconds_bucket{le="0.25"} 6');
  expect(spread.described).toEqual(histogram.described);
});
