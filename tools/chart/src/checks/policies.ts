/** What holds for everything that the chart renders, whatever the values: each policy says what breaks it. */
import type { KubernetesObject } from '../helm/render-chart.ts';
import { type Container, type FoundPod, podsOf, selects } from './pod-specs.ts';

/** A rule over all objects of one rendering. */
export interface Policy {
  readonly name: string;
  /** What breaks it, one a line. */
  problems(objects: readonly KubernetesObject[]): readonly string[];
}

const eachContainer =
  (check: (container: Container, pod: FoundPod) => readonly string[]) =>
  (objects: readonly KubernetesObject[]): readonly string[] =>
    podsOf(objects).flatMap((pod) =>
      [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].flatMap((container) =>
        check(container, pod).map((problem) => `${pod.of}, ${container.name}: ${problem}`),
      ),
    );

const eachPod =
  (check: (pod: FoundPod) => readonly string[]) =>
  (objects: readonly KubernetesObject[]): readonly string[] =>
    podsOf(objects).flatMap((pod) => check(pod).map((problem) => `${pod.of}: ${problem}`));

const unless = (isRight: boolean, problem: string): readonly string[] => (isRight ? [] : [problem]);

/** Variables whose value is a secret, unless it is the path of a file. */
const SECRET_NAME = /(PASSWORD|SECRET|TOKEN|SALT|_KEY)$/;

/** @param declared names of all variables that services declare */
export const policies = (declared: ReadonlySet<string>): readonly Policy[] => [
  {
    name: 'every container has limits, and asks for what it needs',
    problems: eachContainer(({ resources }) => [
      ...unless(resources?.limits?.['memory'] !== undefined, 'no limit of memory'),
      ...unless(resources?.limits?.['cpu'] !== undefined, 'no limit of CPU'),
    ]),
  },
  {
    name: 'every container is as Pod Security “restricted” asks, with a root that cannot be written',
    problems: eachContainer(({ securityContext }, { spec }) => [
      ...unless(spec.securityContext?.['runAsNonRoot'] === true, 'may run as root'),
      ...unless(
        JSON.stringify(spec.securityContext?.['seccompProfile']) === '{"type":"RuntimeDefault"}',
        'no seccomp profile',
      ),
      ...unless(securityContext?.['allowPrivilegeEscalation'] === false, 'may gain privileges'),
      ...unless(securityContext?.['readOnlyRootFilesystem'] === true, 'its root can be written'),
      ...unless(
        JSON.stringify(securityContext?.['capabilities']) === '{"drop":["ALL"]}',
        'has capabilities',
      ),
    ]),
  },
  {
    name: 'no image goes by a tag that moves',
    problems: eachContainer(({ image }) =>
      unless(
        /(:[^:/]+|@sha256:[0-9a-f]{64})$/.test(image) && !image.endsWith(':latest'),
        `image ${image}`,
      ),
    ),
  },
  {
    name: 'no secret stands in a variable in clear',
    problems: eachContainer(({ env = [] }) =>
      env.flatMap(({ name, value }) => [
        ...unless(!SECRET_NAME.test(name) || /^$|^\//.test(value ?? ''), `${name} in clear`),
        ...unless(!/:\/\/[^/?#]*@/.test(value ?? ''), `${name} holds a user or password`),
      ]),
    ),
  },
  {
    name: 'every variable of Millrace is a declared setting, and none is there twice',
    problems: eachContainer(({ env = [] }) => [
      ...env
        .filter(({ name }) => name.startsWith('MILLRACE_') && !declared.has(name))
        .map(({ name }) => `${name} is no setting`),
      ...env
        .filter(({ name }, index) => env.findIndex((other) => other.name === name) !== index)
        .map(({ name }) => `${name} is there twice`),
    ]),
  },
  {
    name: 'no pod holds a token of Kubernetes or variables of its Services',
    problems: eachPod(({ spec }) => [
      ...unless(spec.automountServiceAccountToken === false, 'mounts a token'),
      ...unless(spec.enableServiceLinks === false, 'has variables of Services'),
    ]),
  },
  {
    name: 'every mount has its volume, and every volume its mount',
    problems: eachPod(({ spec, claims }) => {
      const volumes = [...(spec.volumes ?? []).map(({ name }) => name), ...claims];
      const mounts = spec.containers.flatMap(({ volumeMounts = [] }) => volumeMounts);
      return [
        ...mounts
          .filter(({ name }) => !volumes.includes(name))
          .map(({ name }) => `no volume ${name}`),
        ...volumes
          .filter((name) => !mounts.some((mount) => mount.name === name))
          .map((name) => `${name} is not mounted`),
        ...volumes
          .filter((name, index) => volumes.indexOf(name) !== index)
          .map((name) => `${name} is there twice`),
      ];
    }),
  },
  {
    name: 'a service has probes on its admin port, and time to stop',
    problems: eachPod(({ kind, spec }) => {
      if (kind !== 'Deployment' && kind !== 'StatefulSet') return [];
      const [container] = spec.containers;
      return [
        ...['startupProbe', 'livenessProbe', 'readinessProbe']
          .filter((probe) => !JSON.stringify(container?.[probe] ?? {}).includes('"port":"admin"'))
          .map((probe) => `no ${probe}`),
        ...unless((spec.terminationGracePeriodSeconds ?? 30) > 30, 'is killed while it drains'),
      ];
    }),
  },
  {
    name: 'every Service, PodDisruptionBudget and NetworkPolicy selects a pod, and its ports are theirs',
    problems: selectorProblems,
  },
  {
    name: 'every pod has a NetworkPolicy for both ways, or none has one',
    problems: (objects) => {
      const of = objects.filter(({ kind }) => kind === 'NetworkPolicy');
      if (of.length === 0) return [];
      return podsOf(objects)
        .filter((pod) => !of.some((policy) => selects(selectorOf(policy), pod)))
        .map((pod) => `${pod.of} has none`);
    },
  },
  {
    name: 'names of objects are given once, and short enough',
    problems: (objects) => {
      const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
      return [
        ...names
          .filter((name, index) => names.indexOf(name) !== index)
          .map((name) => `${name} twice`),
        ...objects
          .filter(({ metadata }) => !/^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$/.test(metadata.name))
          .map(({ kind, metadata }) => `${kind} ${metadata.name}: not a name`),
      ];
    },
  },
];

interface Selecting {
  readonly selector?: Readonly<Record<string, unknown>>;
  readonly podSelector?: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly ports?: readonly { readonly targetPort: string }[];
}

const selectorOf = (object: KubernetesObject): Readonly<Record<string, string>> => {
  const { selector, podSelector } = object['spec'] as Selecting;
  const found = podSelector?.matchLabels ?? selector?.['matchLabels'] ?? selector;
  return (found ?? {}) as Readonly<Record<string, string>>;
};

function selectorProblems(objects: readonly KubernetesObject[]): readonly string[] {
  const pods = podsOf(objects);
  return objects
    .filter(({ kind }) => ['Service', 'PodDisruptionBudget', 'NetworkPolicy'].includes(kind))
    .flatMap((object) => {
      const where = `${object.kind} ${object.metadata.name}`;
      const selected = pods.filter((pod) => selects(selectorOf(object), pod));
      if (selected.length === 0) return [`${where} selects no pod`];
      if (object.kind !== 'Service') return [];
      const ports = selected.flatMap(({ spec }) =>
        spec.containers.flatMap((container) => (container.ports ?? []).map(({ name }) => name)),
      );
      return ((object['spec'] as Selecting).ports ?? [])
        .filter(({ targetPort }) => !ports.includes(targetPort))
        .map(({ targetPort }) => `${where}: no pod has a port ${targetPort}`);
    });
}
