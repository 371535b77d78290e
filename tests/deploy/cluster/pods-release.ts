/** The release that chart-in-pods.test.ts installs: this repository's example as the project, the embedded stack's servers, and all services. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { platformFilesOf } from '@millrace/contracts';
import type { StackEndpoints } from '@millrace/stack';
import { repository } from '../engine/build-image.ts';
import { addresses } from './node/network.ts';

export const release = { name: 'millrace', namespace: 'flights' } as const;

/** The image that pods are of, built by each test that uses it; by no other one's name. */
export const image = { repository: 'localhost/millrace', tag: 'test-pods' } as const;
export const imageName = `${image.repository}:${image.tag}`;

/** Path in the project → text: the example's, and the contract of the canary that `helm test` sends. */
export const projectFiles = async (): Promise<Readonly<Record<string, string>>> => {
  const files: Record<string, string> = {};
  for (const { path, text } of platformFilesOf('canary') ?? []) files[path] = text;
  for (const folder of ['schemas', 'transforms', 'warehouse'])
    for (const entry of await readdir(join(repository, folder), {
      recursive: true,
      withFileTypes: true,
    }))
      if (entry.isFile()) {
        const path = join(entry.parentPath, entry.name);
        files[path.slice(repository.length)] = await readFile(path, 'utf8');
      }
  return files;
};

/** A URL of the embedded stack, as pods reach it. */
const asPodsReach = (url: string): string => {
  const inside = new URL(url);
  inside.hostname = addresses.host;
  return inside.href;
};

const portOf = (url: string): number => Number(new URL(url).port);

const namespaceAsPeer = (namespace: string) => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
});

// All of it on two cores: what pods ask for must not keep the scheduler from placing them; what they may take is the chart's.
const little = { resources: { requests: { cpu: '10m', memory: '64Mi' } } };

/** Values of the release. */
export const valuesOf = (
  { registryUrl, clickhouseUrl, postgresUrl }: StackEndpoints,
  kafkaPort: number,
  files: Readonly<Record<string, string>>,
) => ({
  image,
  kafka: { brokers: [`${addresses.host}:${kafkaPort}`] },
  registry: { url: asPodsReach(registryUrl) },
  clickhouse: { urlSecret: { name: 'servers', key: 'clickhouse' } },
  project: { files },
  contracts: little,
  ingest: little,
  cdc: {
    ...little,
    sources: [{ name: 'flights', postgres: { urlSecret: { name: 'servers', key: 'postgres' } } }],
  },
  streamTransform: { ...little, persistence: { storageClass: 'by-hand', size: '1Gi' } },
  sink: little,
  quality: little,
  test: { ...little, canary: true, timeoutSeconds: 300 },
  networkPolicy: {
    clickhouse: { ports: [portOf(clickhouseUrl)] },
    postgres: { ports: [portOf(postgresUrl)] },
    metricsFrom: [namespaceAsPeer('monitoring')],
  },
});

/** A pod that is no part of the release, and does nothing by itself. */
const strangerIn = (namespace: string): readonly object[] => [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: stranger, namespace } },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'it',
          image: imageName,
          imagePullPolicy: 'Never',
          command: ['node', '-e', 'setInterval(() => 0, 1e9)'],
        },
      ],
    },
  },
];

/** A pod of this name is in each namespace of `strangers`. */
export const stranger = 'stranger';
export const strangers = ['elsewhere', 'monitoring'] as const;

/**
 * What is there before the release: a namespace that enforces “restricted”, the servers' URLs as a Secret, volumes, since nothing here makes any, and
 * pods of others.
 * @param folders of the node, one for each volume
 */
export const fixturesOf = (endpoints: StackEndpoints, folders: readonly string[]): object => {
  const storageClass = {
    ...{ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'by-hand' } },
    ...{ provisioner: 'kubernetes.io/no-provisioner', volumeBindingMode: 'WaitForFirstConsumer' },
  };
  const volumes = folders.map((path, index) => ({
    ...{ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: `volume-${index}` } },
    spec: {
      ...{ capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'] },
      ...{ storageClassName: 'by-hand', local: { path } },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'kubernetes.io/os', operator: 'In', values: ['linux'] }] },
          ],
        },
      },
    },
  }));
  const own = {
    ...{ apiVersion: 'v1', kind: 'Namespace' },
    metadata: {
      name: release.namespace,
      labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
    },
  };
  const secret = {
    ...{ apiVersion: 'v1', kind: 'Secret' },
    metadata: { name: 'servers', namespace: release.namespace },
    stringData: {
      clickhouse: asPodsReach(endpoints.clickhouseUrl),
      postgres: asPodsReach(endpoints.postgresUrl),
    },
  };
  const others = strangers.flatMap(strangerIn);
  return {
    apiVersion: 'v1',
    kind: 'List',
    items: [own, secret, storageClass, ...volumes, ...others],
  };
};
