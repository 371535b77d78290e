/** What scales the door by CPU: how fast, and that doors which come get connections. */
import { expect, test } from 'vitest';
import { matrix } from './checks/matrix.ts';
import { podsOf } from './checks/pod-specs.ts';
import { findProgram } from './helm/helm.ts';
import { refusalOf, renderChart } from './helm/render-chart.ts';

const withHelm = test.skipIf(findProgram('helm') === undefined);

const valuesOf = (autoscaling: object, more: object = {}) => ({
  ...matrix['least'],
  ingest: { autoscaling: { enabled: true, ...autoscaling }, ...more },
});
const behaviorOf = (values: object) =>
  renderChart(values)
    .filter(({ kind }) => kind === 'HorizontalPodAutoscaler')
    .map(({ spec }) => (spec as { readonly behavior: object }).behavior);
const connectionRequestsOf = (values: object) =>
  podsOf(renderChart(values))
    .filter(({ labels }) => labels['app.kubernetes.io/component'] === 'ingest')
    .flatMap(({ spec }) => spec.containers[0]?.env ?? [])
    .filter((variable) => variable.name === 'MILLRACE_INGEST_CONNECTION_REQUESTS')
    .map(({ value }) => value);

const slowly = { policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] };

withHelm.each([
  ['nothing', {}, { scaleDown: { stabilizationWindowSeconds: 300 } }],
  [
    'a window',
    { scaleDown: { stabilizationWindowSeconds: 0 } },
    { scaleDown: { stabilizationWindowSeconds: 0 } },
  ],
  [
    'both ways',
    { scaleUp: slowly, scaleDown: slowly },
    { scaleUp: slowly, scaleDown: { stabilizationWindowSeconds: 300, ...slowly } },
  ],
])('a behavior that says %s', (_what, behavior, expected) => {
  expect(behaviorOf(valuesOf({ behavior }))).toEqual([expected]);
});

withHelm('doors with a spool come as the behavior says, and are never taken away', () => {
  const spool = { spool: { enabled: true } };
  expect(behaviorOf(valuesOf({ behavior: { scaleUp: slowly } }, spool))).toEqual([
    { scaleUp: slowly, scaleDown: { selectPolicy: 'Disabled' } },
  ]);
  expect(refusalOf(valuesOf({ behavior: { scaleDown: slowly } }, spool))).toMatch(
    /ingest\.autoscaling\.behavior\.scaleDown: doors with a spool are not taken away/,
  );
});

withHelm('connections end after some requests where doors come by themselves', () => {
  expect(connectionRequestsOf(valuesOf({}))).toEqual(['100']);
  expect(connectionRequestsOf(valuesOf({}, { settings: { connectionRequests: 7 } }))).toEqual([
    '7',
  ]);
  expect(connectionRequestsOf(valuesOf({}, { settings: { connectionRequests: 0 } }))).toEqual([
    '0',
  ]);
  expect(connectionRequestsOf(valuesOf({ enabled: false }))).toEqual([]);
});
