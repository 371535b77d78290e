/** What tests see of the release: its pods, its Services, and in a failure's message what pods have come to. */
import { chartFolder } from '@millrace/chart';
import { onTestFailed } from 'vitest';
import type { Ran } from '../engine/run.ts';
import type { RealCluster } from './node/start-real-cluster.ts';
import { release } from './pods-release.ts';

export interface Pod {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly podIP: string;
    readonly conditions?: readonly { type: string; status: string }[];
    readonly containerStatuses?: readonly { ready: boolean; restartCount: number }[];
  };
}

export interface ReleaseView {
  /** `helm upgrade --install --wait` with these values. Never rejects for what helm says. */
  upgrade(values: object): Promise<Ran>;
  /** Of services: what is left of a Job that failed is no part of them. */
  pods(): Promise<readonly Pod[]>;
  podsOf(component: string): Promise<readonly Pod[]>;
  readiness(): Promise<readonly boolean[]>;
  restarts(): Promise<readonly (number | undefined)[]>;
  /** A Service's address, as the proxy of Services answers it. */
  urlOf(component: string): Promise<string>;
  /** In a test: when it fails, tell of pods and the ends of their logs. */
  tellOfPods(): void;
}

/** The service that a pod is one of. */
export const componentOf = ({ metadata }: Pod): string | undefined =>
  metadata.labels['app.kubernetes.io/component'];

const { name, namespace } = release;
export const waited = ['--namespace', namespace, '--wait', '--timeout', '15m'] as const;

export const watchRelease = (cluster: RealCluster): ReleaseView => {
  const pods = async (): Promise<readonly Pod[]> => {
    const services = [
      ...['-l', `app.kubernetes.io/instance=${name},app.kubernetes.io/component!=contracts`],
      ...['-o', 'json'],
    ];
    const text = await cluster.kubectl('-n', namespace, 'get', 'pods', ...services);
    return (JSON.parse(text) as { readonly items: readonly Pod[] }).items;
  };
  return {
    pods,
    podsOf: async (component) => (await pods()).filter((pod) => componentOf(pod) === component),
    upgrade: (values) =>
      cluster.tryHelm(
        ...['upgrade', '--install', name, ...waited],
        ...['--values', cluster.file('values.json', values), chartFolder],
      ),
    readiness: async () =>
      (await pods()).map(({ status }) => status.containerStatuses?.[0]?.ready ?? false),
    restarts: async () =>
      (await pods()).map(({ status }) => status.containerStatuses?.[0]?.restartCount),
    urlOf: async (component) =>
      `http://${await cluster.kubectl('-n', namespace, 'get', `service/${name}-${component}`, '-o', 'jsonpath={.spec.clusterIP}')}`,
    tellOfPods: () =>
      onTestFailed(async () => {
        const asked = ['get', 'pods,jobs,events', '-o', 'wide'];
        const { stdout } = await cluster.tryKubectl('-n', namespace, ...asked);
        const own = ['logs', '-l', `app.kubernetes.io/instance=${name}`, '--prefix', '--tail=20'];
        const logs = await cluster.tryKubectl('-n', namespace, ...own);
        process.stdout.write(`${stdout}\n${logs.stdout}\n${logs.stderr}\n`);
      }),
  };
};

/** A departure, as the example's contract has it. */
export const flight = (flight_id: string) => ({
  ...{ flight_id, departed_at: new Date().toISOString(), delay_minutes: 4 },
  ...{ distance_miles: 349, origin: 'ABQ', destination: 'LAX' },
});
