import { defineConfig } from '@millrace/runtime';
import { expect, test } from 'vitest';
import { metricsPage } from './metrics-page.ts';

test('a metric shows its name, type, labels and meaning', () => {
  const metrics = [
    { name: 'millrace_sink_rows_total', type: 'counter', help: 'Rows landed.', labels: ['table'] },
  ];
  const text = metricsPage([{ name: 'sink', config: defineConfig('sink', {}), metrics }]);
  expect(text).toContain('| `millrace_sink_rows_total` | counter | `table` | Rows landed. |');
});
