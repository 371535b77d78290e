/** Values of the release as a whole: names, image, project, contracts, security, what watches it. */
import { closed, type Group, objectName, secretKey, type Value, value } from './value.ts';
import { placement, resources } from './workload.ts';

const labels = { type: 'string' } as const;

/** Names and labels of every object. */
export const names: Readonly<Record<string, Value>> = {
  nameOverride: value.text('In place of the chart’s name.', '', objectName),
  fullnameOverride: value.text('In place of <release>-<chart>.', '', objectName),
  commonLabels: value.map('Labels of every object.', labels),
};

/** `image` */
export const image: Group = value.group('The image of all services.', {
  repository: value.text('Where it is.', 'ghcr.io/millrace/millrace', { minLength: 1 }),
  tag: value.text('Tag; empty: the chart’s appVersion. `latest` is refused.', '', {
    not: { enum: ['latest'] },
  }),
  digest: value.text('sha256:…, in place of the tag.', '', { pattern: '^(sha256:[0-9a-f]{64})?$' }),
  pullPolicy: value.oneOf(
    'When it is pulled.',
    ['IfNotPresent', 'Always', 'Never'],
    'IfNotPresent',
  ),
  pullSecrets: value.list('Names of pull secrets.', objectName),
});

/** `project` */
export const project: Group = value.group(
  'The project: schemas/, transforms/, sources/, warehouse/. From values, ConfigMaps or both; with neither, what the image holds at /project.',
  {
    files: value.map(
      'Path in the project → text, e.g. by --set-file or a values file that CI writes. Together below 1 MiB, Kubernetes’ limit of a ConfigMap and of a release.',
      { type: 'string' },
    ),
    configMaps: value.list(
      'ConfigMaps that exist: name, and items {key, path}; each below 1 MiB. Roll the pods when they change (commonAnnotations or kubectl rollout restart).',
      closed(
        {
          name: { type: 'string', minLength: 1 },
          items: {
            type: 'array',
            minItems: 1,
            items: closed(
              { key: { type: 'string', minLength: 1 }, path: { type: 'string', minLength: 1 } },
              ['key', 'path'],
            ),
          },
        },
        ['name', 'items'],
      ),
    ),
  },
);

/** `contracts` */
export const contracts: Group = value.group(
  'Contracts are applied (topics, subjects, tables) by a Job before each install and upgrade; one that fails stops the upgrade.',
  {
    enabled: value.flag('Apply them.', true),
    allowDestructive: value.flag('Also do what loses or reorders data.', false),
    backoffLimit: value.count('How often the Job is tried again.', 6, 0),
    deadlineSeconds: value.count('After so long it has failed.', 600, 10),
    resources: resources({ cpu: '100m', memory: '256Mi', memoryLimit: '512Mi' }),
    ...placement,
  },
);

/** `serviceAccount`, `security` */
export const security: Readonly<Record<string, Value>> = {
  serviceAccount: value.group('Services ask Kubernetes nothing: no token is mounted.', {
    create: value.flag('Make one.', true),
    name: value.text('Its name; empty: of the release.', '', objectName),
    annotations: value.map('Annotations, e.g. for identities of a cloud.', labels),
  }),
  security: value.group('The pods’ user; everything else is as Pod Security “restricted” asks.', {
    setUser: value.flag('Set user and group; off where OpenShift assigns them.', true),
    runAsUser: value.count('User id.', 10_001, 1),
    runAsGroup: value.count('Group id, also of volumes.', 10_001, 1),
  }),
};

/** `monitoring` */
export const monitoring: Group = value.group('For Prometheus’ operator and Grafana.', {
  podMonitor: value.group('Scrape every pod.', {
    enabled: value.flag('Make a PodMonitor.', false),
    labels: value.map('Labels that your Prometheus selects by.', labels),
    interval: value.text('How often.', '15s', { pattern: '^[0-9]+(ms|s|m)$' }),
  }),
  prometheusRule: value.group('The alerts of docs/runbooks.', {
    enabled: value.flag('Make a PrometheusRule.', false),
    labels: value.map('Labels that your Prometheus selects by.', labels),
  }),
  dashboards: value.group('A ConfigMap for each dashboard, as Grafana’s sidecar reads them.', {
    enabled: value.flag('Make them.', false),
    labels: value.map('Labels that the sidecar selects by.', labels, { grafana_dashboard: '1' }),
    annotations: value.map('Annotations, e.g. of the folder.', labels),
  }),
  runbooksUrl: value.text(
    'Where runbooks are: links of alerts are <url>/<alert>.md.',
    'https://github.com/millrace/millrace/blob/main/docs/runbooks',
    { pattern: '^https?://' },
  ),
});

/** `test` */
export const test: Group = value.group(
  '`helm test`: every service is asked whether it is ready; with canary an event is sent through the door and must be queryable.',
  {
    canary: value.flag('Send one; the project must hold the contract millrace.canary.', false),
    tokenSecret: secretKey('Key for the door, where it asks for one.', 'token'),
    timeoutSeconds: value.count('How long services may take to be ready.', 120, 1),
    resources: resources({ cpu: '50m', memory: '64Mi', memoryLimit: '256Mi' }),
    ...placement,
  },
);
