import { expect, test } from 'vitest';
import { createMetrics, type Metrics } from './metrics.ts';

/** What a thread measures, as the main thread gets it. */
const threadOf = async (declare: (metrics: Metrics) => void) => {
  const metrics = createMetrics('sink');
  declare(metrics);
  return structuredClone(await metrics.snapshot());
};

const measure = (topic: string, rows: number, seconds: number) =>
  threadOf((metrics) => {
    const labels = ['topic'] as const;
    metrics
      .counter({ name: 'millrace_sink_landed_rows_total', help: 'Landed.', labels })
      .inc({ topic }, rows);
    metrics
      .gauge({ name: 'millrace_sink_waiting_rows', help: 'Waiting.', labels })
      .set({ topic }, rows);
    metrics
      .histogram({ name: 'millrace_sink_insert_seconds', help: 'Time.', buckets: [1, 5] })
      .observe(seconds);
  });

const linesOf = async (metrics: Metrics) => (await metrics.render()).split('\n');

test('what threads measured is summed by labels, histograms bucket by bucket', async () => {
  const threads = [await measure('a', 3, 0.5), await measure('a', 4, 2), await measure('b', 5, 9)];
  const metrics = createMetrics('sink');
  metrics.include(async () => threads);
  expect(await linesOf(metrics)).toEqual(
    expect.arrayContaining([
      '# TYPE millrace_sink_landed_rows_total counter',
      'millrace_sink_landed_rows_total{topic="a"} 7',
      'millrace_sink_landed_rows_total{topic="b"} 5',
      'millrace_sink_waiting_rows{topic="a"} 7',
      'millrace_sink_waiting_rows{topic="b"} 5',
      'millrace_sink_insert_seconds_bucket{le="1"} 1',
      'millrace_sink_insert_seconds_bucket{le="5"} 2',
      'millrace_sink_insert_seconds_bucket{le="+Inf"} 3',
      'millrace_sink_insert_seconds_sum 11.5',
      'millrace_sink_insert_seconds_count 3',
    ]),
  );
});

test('what the process measures of itself stands beside it as it is', async () => {
  const metrics = createMetrics('sink');
  metrics.collectProcess();
  metrics.include(async () => [await measure('a', 1, 1)]);
  const startedOf = (text: string) => text.match(/^process_start_time_seconds \d+$/m)?.[0];
  const alone = createMetrics('sink');
  alone.collectProcess();
  const merged = await metrics.render();
  expect(startedOf(merged)).toBeDefined();
  expect(startedOf(merged)).toBe(startedOf(await alone.render()));
  expect(merged).toContain('millrace_sink_landed_rows_total{topic="a"} 1');
});
