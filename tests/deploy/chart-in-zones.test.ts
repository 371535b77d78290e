/**
 * The chart on nodes in two zones, which KWOK plays: where the scheduler places pods of a service, at first and through updates. No container runs.
 * Nodes in no zone are in chart-on-nodes.test.ts.
 */
import { chartFolder, matrix } from '@millrace/chart';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cluster } from './cluster/control-plane.ts';
import { missingForCluster } from './cluster/requirements.ts';
import { startCluster } from './cluster/start-cluster.ts';
import { toldSkip } from './engine/told-skip.ts';

const zones = { a1: 'a', a2: 'a', b1: 'b', b2: 'b' } as const;
type Node = keyof typeof zones;
/** Services of two pods. */
const pairs = ['cdc', 'ingest', 'sink', 'stream-transform'] as const;
/** So many that a spread by chance would not come out right. */
const updates = 6;

interface Pods {
  readonly items: readonly {
    readonly metadata: {
      readonly labels: Readonly<Record<string, string>>;
      readonly deletionTimestamp?: string;
    };
    readonly spec: { readonly nodeName?: Node };
  }[];
}

const isSkipped = toldSkip('the chart in zones', await missingForCluster());

describe.skipIf(isSkipped)('the chart in zones', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    const nodes = Object.entries(zones).map(([name, zone]) => ({ name, zone }));
    cluster = await startCluster([], nodes);
  });
  afterAll(() => cluster?.stop());

  /** Installs it, or replaces every pod of it. */
  const upgrade = async (version: number): Promise<void> => {
    const pod = { podAnnotations: { 'example.org/version': `${version}` } };
    const postgres = { url: 'postgres://postgres:5432/flights' };
    const values = {
      ...matrix['least'],
      ...{ ingest: pod, sink: pod, quality: pod },
      cdc: { ...pod, sources: [{ name: 'flights', postgres }] },
      // Volumes are asked for of a provisioner, which a played node has not.
      streamTransform: { ...pod, persistence: { enabled: false } },
    };
    const file = cluster.file('values.json', values);
    const waited = ['--wait', '--timeout', '5m', '--values', file];
    await cluster.helm('upgrade', '--install', 'millrace', ...waited, chartFolder);
  };
  /** By service: the zones of its pods. */
  const zonesOfPairs = async (): Promise<Record<string, string>> => {
    const { items } = JSON.parse(await cluster.kubectl('get', 'pods', '-o', 'json')) as Pods;
    const zonesOf = (pair: string) =>
      items
        .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
        .filter(({ metadata }) => metadata.labels['app.kubernetes.io/component'] === pair)
        .map(({ spec }) => (spec.nodeName ? zones[spec.nodeName] : 'none'))
        .sort()
        .join();
    return Object.fromEntries(pairs.map((pair) => [pair, zonesOf(pair)]));
  };
  const inBoth = Object.fromEntries(pairs.map((pair) => [pair, 'a,b']));

  test('two pods of a service are in two zones', async () => {
    await upgrade(0);
    expect(await zonesOfPairs()).toEqual(inBoth);
  });

  test('and so they are after each update that replaces them', async () => {
    for (let version = 1; version <= updates; version += 1) {
      await upgrade(version);
      await expect.poll(zonesOfPairs, { message: `after update ${version}` }).toEqual(inBoth);
    }
  });
});
