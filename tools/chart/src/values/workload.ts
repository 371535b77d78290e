/** Values that every service has, since each is a set of pods: resources, where it runs, how it stops, what else it gets. */
import type { ConfigDeclaration } from '@millrace/runtime';
import { secretSettingsOf, settingsOf } from './service-settings.ts';
import { closed, type JsonSchema, type Value, value } from './value.ts';

/** CPU in Kubernetes' units, memory in its quantities. */
export interface Need {
  readonly cpu: string;
  readonly memory: string;
  readonly memoryLimit: string;
}

const plainVariable: JsonSchema = {
  type: 'object',
  required: ['name'],
  properties: {
    name: {
      type: 'string',
      description: 'Variables of Millrace are settings and refused here.',
      not: { pattern: '^(MILLRACE_|NODE_EXTRA_CA_CERTS)' },
    },
  },
};

/** `resources`: limits of memory and CPU are required. */
export const resources = (need: Need): Value =>
  value.of(
    'Resources of a pod. Without limits a pod is refused.',
    closed(
      { requests: { type: 'object' }, limits: { type: 'object', required: ['memory', 'cpu'] } },
      ['limits'],
    ),
    {
      requests: { cpu: need.cpu, memory: need.memory },
      limits: { cpu: '2', memory: need.memoryLimit },
    },
  );

/** Where pods run and what they carry. */
export const placement: Readonly<Record<string, Value>> = {
  podLabels: value.map('Further labels of its pods.', { type: 'string' }),
  podAnnotations: value.map('Further annotations of its pods.', { type: 'string' }),
  nodeSelector: value.map('Nodes that it may run on.', { type: 'string' }),
  tolerations: value.asInKubernetes('Taints that it bears.', 'array'),
  affinity: value.asInKubernetes('Affinity.', 'object'),
  priorityClassName: value.text('Priority class.'),
  extraEnv: value.list('Further variables, e.g. keys that a source of files names.', plainVariable),
  extraVolumes: value.asInKubernetes('Further volumes.', 'array'),
  extraVolumeMounts: value.asInKubernetes('Where they are mounted.', 'array'),
};

/** What a service has beside its own values. `graceSeconds` must be longer than its stop deadline. */
export const workload = (
  declaration: ConfigDeclaration,
  options: { readonly need: Need; readonly graceSeconds: number; readonly settings?: object },
): Readonly<Record<string, Value>> => ({
  settings: settingsOf(declaration, options.settings),
  secretSettings: secretSettingsOf(declaration),
  resources: resources(options.need),
  terminationGracePeriodSeconds: value.count(
    'Seconds from SIGTERM to SIGKILL; must be longer than settings.stopDeadlineMs (30s).',
    options.graceSeconds,
    1,
  ),
  podDisruptionBudget: value.group('Voluntary disruptions (draining of nodes).', {
    enabled: value.flag('Make one.', true),
    maxUnavailable: value.count('Pods that may be away at once.', 1, 1),
  }),
  topologySpreadConstraints: value.asInKubernetes(
    'How pods are spread; empty: over nodes and zones, where they can be.',
    'array',
  ),
  ...placement,
});

/** `keda`: replicas by lag. */
export const scalingByLag = (groups: Value): Value =>
  value.group('Replicas by lag, by KEDA’s ScaledObject (keda.sh must be installed).', {
    enabled: value.flag('Make one; replicas is then left out.', false),
    minReplicas: value.count('Least replicas.', 1, 1),
    maxReplicas: value.count(
      'Most replicas; KEDA makes no more than there are partitions of all topics of a group.',
      6,
      1,
    ),
    lagRecords: value.count('Records behind that one more replica is for.', 10_000, 1),
    consumerGroups: groups,
    cooldownSeconds: value.count('Seconds of quiet before replicas are taken away.', 300, 0),
  });

const hostAndPaths: JsonSchema = { type: 'string', minLength: 1 };

/** How a port is reached from outside. */
export const routes = (what: string): Readonly<Record<string, Value>> => ({
  service: value.group('Its Service.', {
    type: value.oneOf(
      'Kind of the Service.',
      ['ClusterIP', 'NodePort', 'LoadBalancer'],
      'ClusterIP',
    ),
    port: value.count('Port of the Service.', 80, 1, 65_535),
    annotations: value.map('Annotations, e.g. of a load balancer.', { type: 'string' }),
  }),
  ingress: value.group(`${what} through an Ingress.`, {
    enabled: value.flag('Make one.', false),
    className: value.text('Ingress class.'),
    annotations: value.map('Annotations.', { type: 'string' }),
    hosts: value.list('Host names.', hostAndPaths),
    tlsSecretName: value.text('Secret with the certificate of these hosts.'),
  }),
  httpRoute: value.group(`${what} through a Gateway (gateway.networking.k8s.io).`, {
    enabled: value.flag('Make an HTTPRoute.', false),
    annotations: value.map('Annotations.', { type: 'string' }),
    parentRefs: value.asInKubernetes('Gateways that it belongs to.', 'array'),
    hostnames: value.list('Host names.', hostAndPaths),
  }),
});
