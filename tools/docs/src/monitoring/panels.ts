/** A metric as a chart: the expression that makes sense for its kind, and the unit that its name says. */
import type { MetricDescription } from '@millrace/runtime';

export interface Panel {
  readonly title: string;
  readonly description: string;
  /** Grafana's name of it. */
  readonly unit: string;
  readonly queries: readonly { readonly expression: string; readonly legend: string }[];
}

/** By the end of a metric's name; Grafana's ids of units. */
const units: readonly (readonly [suffix: string, unit: string])[] = [
  ['_timestamp_seconds', 's'],
  ['_seconds', 's'],
  ['_bytes', 'bytes'],
  ['_ratio', 'percentunit'],
];
const perSecond: Readonly<Record<string, string>> = { bytes: 'Bps', s: 'percentunit' };

const unitOf = (name: string): string =>
  units.find(([suffix]) => name.endsWith(suffix))?.[1] ?? 'short';

/** `millrace_sink_lag_seconds` → `lag seconds`. */
const titleOf = ({ name }: MetricDescription): string =>
  name
    .replace(/^millrace_(ingest|cdc|sink|quality|stream_transform)_/, '')
    .replace(/_total$/, '')
    .replaceAll('_', ' ');

const by = (labels: readonly string[]): string =>
  labels.length === 0 ? '' : ` by (${labels.join(', ')})`;
const legendOf = (labels: readonly string[], otherwise: string): string =>
  labels.length === 0 ? otherwise : labels.map((label) => `{{${label}}}`).join(' ');

/** Sums of what is counted, the worst of what is a time, a share or a state. */
const gaugeExpression = ({ name, labels }: MetricDescription): string => {
  if (name.endsWith('_timestamp_seconds')) return `time() - max${by(labels)} (${name})`;
  const isWorst = /_(seconds|ratio|state)$/.test(name);
  return `${isWorst ? 'max' : 'sum'}${by(labels)} (${name})`;
};

const quantile = (q: number, { name }: MetricDescription): string =>
  `histogram_quantile(${q}, sum by (le) (rate(${name}_bucket[$__rate_interval])))`;

export const panelOf = (metric: MetricDescription): Panel => {
  const { name, type, help, labels } = metric;
  const title = titleOf(metric);
  const unit = unitOf(name.replace(/_total$/, ''));
  if (type === 'counter') {
    const expression = `sum${by(labels)} (rate(${name}[$__rate_interval]))`;
    return {
      ...{ title: `${title} per second`, description: help, unit: perSecond[unit] ?? 'cps' },
      queries: [{ expression, legend: legendOf(labels, title) }],
    };
  }
  if (type === 'histogram')
    return {
      ...{ title, description: help, unit },
      queries: [0.5, 0.99].map((q) => ({ expression: quantile(q, metric), legend: `p${q * 100}` })),
    };
  return {
    ...{ title, description: help, unit },
    queries: [{ expression: gaugeExpression(metric), legend: legendOf(labels, title) }],
  };
};
