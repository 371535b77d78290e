/**
 * The chart on a real API server, in a namespace that enforces Pod Security “restricted”: what docs/howto/deploy-on-kubernetes.md
 * says, with a node that KWOK plays. Containers do not run here, so `helm test` proves how it is hooked, not what it asks.
 */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { chartFolder, matrix } from '@millrace/chart';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Cluster } from './cluster/control-plane.ts';
import { definitionsOfFolder, definitionsOfModules } from './cluster/definitions.ts';
import { helm3Program } from './cluster/programs.ts';
import { missingForCluster } from './cluster/requirements.ts';
import { startCluster } from './cluster/start-cluster.ts';
import { typedPage } from './cluster/typed-page.ts';
import { run } from './engine/run.ts';
import { toldSkip } from './engine/told-skip.ts';

/** A folder with the definitions of Strimzi, CloudNativePG and Altinity's operator, which no registry of packages carries. */
const operators = process.env['MILLRACE_OPERATOR_DEFINITIONS'];
const withoutOperators = toldSkip(
  'what operators say of the chart’s examples',
  operators === undefined
    ? 'MILLRACE_OPERATOR_DEFINITIONS names no folder with their definitions'
    : undefined,
);
const isSkipped = toldSkip('the chart on an API server', await missingForCluster());

interface Listed {
  readonly items: readonly {
    readonly kind: string;
    readonly metadata: { readonly name: string };
  }[];
}

describe.skipIf(isSkipped)('the chart on an API server', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    const more = operators === undefined ? [] : definitionsOfFolder(operators);
    cluster = await startCluster([...(await definitionsOfModules()), ...more]);
  });
  afterAll(() => cluster?.stop());

  /** A namespace of its own, as strict as there is. */
  const restricted = async (name: string): Promise<string> => {
    await cluster.kubectl('create', 'namespace', name);
    await cluster.kubectl(
      'label',
      'namespace',
      name,
      'pod-security.kubernetes.io/enforce=restricted',
    );
    // What else is in it before a release comes: the account and the CA that controllers put there.
    await expect
      .poll(
        async () =>
          (await cluster.tryKubectl('-n', name, 'get', 'configmap/kube-root-ca.crt')).code,
      )
      .toBe(0);
    return name;
  };
  /** Kinds and names of everything in a namespace that a release can make. */
  const everythingIn = async (namespace: string): Promise<readonly string[]> => {
    const kinds = [
      ...['deployments', 'statefulsets', 'jobs', 'pods', 'services', 'configmaps', 'secrets'],
      ...['serviceaccounts', 'networkpolicies', 'poddisruptionbudgets', 'ingresses'],
      ...['horizontalpodautoscalers', 'persistentvolumeclaims', 'podmonitors', 'prometheusrules'],
      ...['scaledobjects', 'triggerauthentications', 'httproutes'],
    ].join(',');
    const text = await cluster.kubectl('-n', namespace, 'get', kinds, '-o', 'json');
    return (JSON.parse(text) as Listed).items
      .map(({ kind, metadata }) => `${kind}/${metadata.name}`)
      .sort();
  };
  const field = (namespace: string, object: string, path: string): Promise<string> =>
    cluster.kubectl('-n', namespace, 'get', object, '-o', `jsonpath={${path}}`);

  const least = matrix['least'] ?? {};
  // Volumes are asked for of a provisioner, which a played node has not.
  const values = { ...least, streamTransform: { persistence: { enabled: false } } };
  const captured = {
    ...values,
    cdc: { sources: [{ name: 'flights', postgres: { url: 'postgres://postgres:5432/flights' } }] },
  };

  test.each(Object.entries(matrix))(
    '%s: the API server takes every object, strictly',
    async (name, way) => {
      const namespace = await restricted(`dry-${Object.keys(matrix).indexOf(name)}`);
      const rendered = await cluster.helm(
        ...['template', 'orders', chartFolder, '--namespace', namespace],
        ...[
          '--values',
          cluster.file(`${namespace}.json`, way),
          '--output-dir',
          `${cluster.kubeconfig}.${namespace}`,
        ],
      );
      expect(rendered).toContain('wrote');
      const said = await cluster.kubectl(
        ...['-n', namespace, 'apply', '--dry-run=server', '--validate=strict', '--recursive'],
        ...['-f', `${cluster.kubeconfig}.${namespace}`],
      );
      expect(said).toContain('created (server dry run)');
      // Workloads that would be refused pods are told of as warnings.
      expect(said).not.toContain('would violate PodSecurity');
    },
  );

  test.each(Object.entries(matrix))('%s: helm 3 renders what helm 4 does', async (_, way) => {
    const file = cluster.file('way.json', way);
    const three = cluster.withHelm(await helm3Program());
    // Built by `go install`, it does not know which Kubernetes it is for.
    const target = ['--kube-version', '1.34.4', '--values', file];
    const template = ['template', 'orders', chartFolder, ...target];
    expect(await three.helm(...template)).toBe(await cluster.helm(...template));
    await three.helm('lint', '--strict', chartFolder, ...target);
  });

  test.each([4, 3])(
    'by helm %i it is installed, tested, upgraded, rolled back and taken away, and nothing is left',
    async (major) => {
      const { helm } = major === 4 ? cluster : cluster.withHelm(await helm3Program());
      expect(await helm('version', '--short')).toMatch(new RegExp(`^v${major}\\.`));
      const namespace = await restricted(`whole-life-${major}`);
      const before = await everythingIn(namespace);
      const release = ['millrace', '--namespace', namespace, '--timeout', '5m'];
      const file = cluster.file('values.json', values);
      await helm('install', ...release, '--wait', '--values', file, chartFolder);
      expect(await field(namespace, 'deployment/millrace-sink', '.status.readyReplicas')).toBe('2');
      expect(
        await field(namespace, 'statefulset/millrace-stream-transform', '.status.readyReplicas'),
      ).toBe('2');
      // The Job that applied the contracts has succeeded, so it and what it needed are gone.
      expect((await everythingIn(namespace)).filter((name) => name.includes('contracts'))).toEqual(
        [],
      );

      expect(await helm('test', 'millrace', '--namespace', namespace)).toMatch(
        /Phase:\s+Succeeded/,
      );

      const changed = cluster.file('changed.json', { ...captured, sink: { replicas: 3 } });
      await helm('upgrade', ...release, '--wait', '--values', changed, chartFolder);
      expect(await field(namespace, 'deployment/millrace-sink', '.status.readyReplicas')).toBe('3');
      expect(
        await field(namespace, 'deployment/millrace-cdc-flights', '.status.readyReplicas'),
      ).toBe('2');

      await helm('rollback', 'millrace', '1', '--namespace', namespace, '--wait');
      expect(await field(namespace, 'deployment/millrace-sink', '.spec.replicas')).toBe('2');
      expect((await everythingIn(namespace)).filter((name) => name.includes('cdc'))).toEqual([]);

      await helm('uninstall', 'millrace', '--namespace', namespace, '--wait');
      await expect.poll(() => everythingIn(namespace)).toEqual(before);
    },
  );

  test('docs/howto/deploy-on-kubernetes.md is typed from its first command to its last: secrets, the project, values, install, test', async () => {
    const { folder, script } = typedPage();
    const env = { ...process.env, KUBECONFIG: cluster.kubeconfig, HOME: folder };
    const said = await run('bash', ['-c', script], { cwd: folder, env });
    expect(said).toMatch(/Phase:\s+Succeeded/);
    for (const [object, replicas] of [
      ['deployment/millrace-ingest', '2'],
      ['deployment/millrace-cdc-flights', '2'],
      ['statefulset/millrace-stream-transform', '2'],
    ] as const)
      expect(await field('millrace', object, '.status.readyReplicas')).toBe(replicas);
    const project = JSON.parse(await field('millrace', 'configmap/millrace-project', '.data'));
    expect(project['schemas__flights__departed.avsc']).toBe(
      await readFile(join(folder, 'schemas/flights/departed.avsc'), 'utf8'),
    );
    await cluster.helm('uninstall', 'millrace', '--namespace', 'millrace', '--wait');
    await cluster.kubectl('delete', 'namespace', 'millrace', '--wait');
    await rm(folder, { recursive: true });
  });

  test('a change of the project rolls pods, and one of nothing does not', async () => {
    const namespace = await restricted('rolling');
    const upgrade = async (text: string) => {
      const file = cluster.file('rolling.json', {
        ...values,
        project: { files: { 'schemas/flights/departed.avsc': text } },
      });
      await cluster.helm(
        ...[
          'upgrade',
          '--install',
          'millrace',
          '--namespace',
          namespace,
          '--wait',
          '--timeout',
          '5m',
        ],
        ...['--values', file, chartFolder],
      );
      return field(namespace, 'deployment/millrace-ingest', '.metadata.generation');
    };
    expect(await upgrade('one')).toBe('1');
    expect(await upgrade('one')).toBe('1');
    expect(await upgrade('another')).toBe('2');
    const data = await field(namespace, 'configmap/millrace-project', '.data');
    expect(JSON.parse(data)).toEqual({ 'schemas__flights__departed.avsc': 'another' });
  });

  test('a release that scales by a group which no transform has is refused, and nothing of it is made', async () => {
    const namespace = await restricted('scaled');
    const text = "export default transform('late_flights', ({ from }) => {});";
    const scaledBy = (group: string) => {
      const keda = { enabled: true, consumerGroups: [group] };
      const file = cluster.file('scaled.json', {
        ...values,
        project: { files: { 'transforms/late.ts': text } },
        streamTransform: { ...values.streamTransform, keda },
      });
      const release = ['millrace', '--namespace', namespace, '--values', file, chartFolder];
      return cluster.tryHelm('upgrade', '--install', ...release);
    };
    const before = await everythingIn(namespace);
    const refused = await scaledBy('millrace.transform.late_flight');
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('there is millrace.transform.late_flights');
    expect(await everythingIn(namespace)).toEqual(before);
    expect(await scaledBy('millrace.transform.late_flights')).toMatchObject({ code: 0 });
    expect(await everythingIn(namespace)).toContain('ScaledObject/millrace-stream-transform');
    await cluster.helm('uninstall', 'millrace', '--namespace', namespace, '--wait');
  });

  test('a pod that is less strict than the chart’s is refused by the namespace', async () => {
    const namespace = await restricted('strict');
    onTestFinished(async () => {
      await cluster.tryKubectl('delete', 'namespace', namespace, '--wait=false');
    });
    const refused = await cluster.tryKubectl('-n', namespace, 'run', 'x', '--image=x:1');
    expect(refused.stderr).toContain('violates PodSecurity "restricted');
  });

  test.skipIf(withoutOperators)(
    'what operators are asked for in the examples is taken by their definitions',
    async () => {
      await cluster.kubectl('create', 'namespace', 'millrace');
      const dryRun = (file: string) =>
        cluster.tryKubectl('create', '--dry-run=server', '--validate=strict', '-f', file);
      for (const name of ['kafka', 'clickhouse', 'postgres', 'registry'])
        expect(await dryRun(join(chartFolder, 'examples', `${name}.yaml`)), name).toMatchObject({
          code: 0,
          stderr: '',
        });
      // And they look: a field that none of them knows is refused.
      for (const [name, known] of [
        ['kafka', 'listeners:'],
        ['clickhouse', 'layout:'],
        ['postgres', 'instances:'],
      ] as const) {
        const text = await readFile(join(chartFolder, 'examples', `${name}.yaml`), 'utf8');
        const refused = await dryRun(
          cluster.file(`${name}.yaml`, text.replace(known, `un${known}`)),
        );
        expect(refused.code, name).not.toBe(0);
      }
    },
  );
});
