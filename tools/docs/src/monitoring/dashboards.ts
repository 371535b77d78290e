/**
 * Dashboards for Grafana, made from what services declare that they measure: one a service with every metric of its, and an
 * overview of what people look at first. The data source is asked for by Grafana when a dashboard is imported.
 */
import type { MetricDescription } from '@millrace/runtime';
import type { ServiceDeclarations } from '../service-declarations.ts';
import { overviewPanels } from './overview.ts';
import { type Panel, panelOf } from './panels.ts';

// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own variable.
const dataSource = { type: 'prometheus', uid: '${datasource}' };

const width = 12;
const height = 8;

/** Two a row, in the order given. */
const place = (panel: Panel, index: number) => ({
  id: index + 1,
  type: 'timeseries',
  title: panel.title,
  description: panel.description,
  datasource: dataSource,
  gridPos: { x: (index % 2) * width, y: Math.floor(index / 2) * height, w: width, h: height },
  fieldConfig: {
    defaults: { unit: panel.unit, min: 0, custom: { lineWidth: 1, fillOpacity: 8 } },
    overrides: [],
  },
  options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } },
  targets: panel.queries.map(({ expression, legend }, at) => ({
    refId: String.fromCharCode(65 + at),
    datasource: dataSource,
    expr: expression,
    legendFormat: legend,
  })),
});

const dashboard = (name: string, title: string, panels: readonly Panel[]) => ({
  uid: `millrace-${name}`,
  title: `Millrace: ${title}`,
  tags: ['millrace'],
  schemaVersion: 39,
  editable: true,
  refresh: '30s',
  time: { from: 'now-3h', to: 'now' },
  timezone: 'utc',
  templating: {
    list: [{ name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source' }],
  },
  annotations: {
    list: [
      {
        ...{ name: 'Alerts', enable: true, iconColor: 'red', datasource: dataSource },
        expr: 'ALERTS{alertstate="firing",runbook_url=~".*"} and on (alertname) ALERTS',
        titleFormat: '{{alertname}}',
      },
    ],
  },
  panels: panels.map(place),
});

/** Of a service: one panel a metric, in the order in which they are declared. */
export const servicePanels = (metrics: readonly MetricDescription[]): readonly Panel[] =>
  metrics.map(panelOf);

/** Path below charts/millrace/files/dashboards → JSON text. */
export const dashboards = (
  services: readonly ServiceDeclarations[],
): Readonly<Record<string, string>> => {
  const made = [
    dashboard('overview', 'overview', overviewPanels),
    ...services.map(({ name, metrics }) => dashboard(name, name, servicePanels(metrics))),
  ];
  return Object.fromEntries(
    made.map((one) => [
      `${one.uid.replace(/^millrace-/, '')}.json`,
      `${JSON.stringify(one, null, 2)}\n`,
    ]),
  );
};
