import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../reference-pages.ts';
import { loadServices } from '../service-declarations.ts';
import { dashboards } from './dashboards.ts';
import { metricsIn } from './metric-names.ts';
import { panelOf } from './panels.ts';

interface Dashboard {
  readonly uid: string;
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly description: string;
    readonly fieldConfig: { readonly defaults: { readonly unit: string } };
    readonly targets: readonly { readonly expr: string; readonly refId: string }[];
  }[];
}

const services = await loadServices(root);
const all = Object.values(dashboards(services)).map((text) => JSON.parse(text) as Dashboard);
const panels = all.flatMap((one) => one.panels);
const hasPromtool = spawnSync('promtool', ['--version']).error === undefined;

test('there is one for each service and an overview, each with ids of its own', () => {
  expect(all.map(({ uid }) => uid)).toEqual([
    'millrace-overview',
    ...services.map(({ name }) => `millrace-${name}`),
  ]);
  for (const { panels: own } of all) expect(new Set(own.map(({ id }) => id)).size).toBe(own.length);
});

test('every panel has a unit, a description and a query, over metrics that exist', () => {
  const known = new Set(services.flatMap(({ metrics }) => metrics.map(({ name }) => name)));
  for (const { title, description, fieldConfig, targets } of panels) {
    expect(description, title).not.toBe('');
    expect(fieldConfig.defaults.unit, title).not.toBe('');
    expect(targets.length, title).toBeGreaterThan(0);
    for (const { expr } of targets)
      expect(
        metricsIn(expr).filter((name) => !known.has(name)),
        title,
      ).toEqual([]);
  }
});

test('a counter is shown per second, a histogram by quantiles, a moment as an age', () => {
  const metric = (name: string, type: string, labels: readonly string[] = []) =>
    panelOf({ name, type, labels, help: 'x' });
  expect(metric('millrace_sink_landed_bytes_total', 'counter', ['table'])).toMatchObject({
    unit: 'Bps',
    queries: [
      {
        expression: 'sum by (table) (rate(millrace_sink_landed_bytes_total[$__rate_interval]))',
        legend: '{{table}}',
      },
    ],
  });
  expect(metric('millrace_sink_commit_seconds', 'histogram').queries).toHaveLength(2);
  expect(metric('millrace_sink_seen_timestamp_seconds', 'gauge').queries[0]?.expression).toBe(
    'time() - max (millrace_sink_seen_timestamp_seconds)',
  );
});

test.skipIf(!hasPromtool)('promtool: every expression is PromQL', () => {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-promql-'));
  const rules = panels.flatMap(({ targets }) =>
    targets.map(({ expr }, index) => ({
      record: `panel:${index}`,
      expr: expr.replaceAll('$__rate_interval', '5m'),
    })),
  );
  const file = join(directory, 'rules.yaml');
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }));
  try {
    const said = execFileSync('promtool', ['check', 'rules', '--lint=none', file], {
      encoding: 'utf8',
    });
    expect(said).toContain(`${rules.length} rules found`);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
