/**
 * A cluster of one or two nodes that run containers: the control plane, the nodes and a name server, in networks of their own. Nothing makes volumes,
 * and pods reach this machine and nothing else.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attempt } from '../../engine/run.ts';
import { type Cluster, startControlPlane } from '../control-plane.ts';
import { createProcesses } from '../processes.ts';
import { controlPlaneProgram, kubeRouterProgram } from '../programs.ts';
import { startNameServer } from './name-server.ts';
import { addresses, openNetwork } from './network.ts';
import { type RunningNode, startNode } from './start-node.ts';

export interface RealCluster extends Cluster {
  /** This machine, as pods reach it. */
  readonly hostAddress: string;
  /** `host:port` of the API server. */
  readonly apiAddress: string;
  /** The first is where the control plane is. */
  readonly nodes: readonly RunningNode[];
  /** A folder that all nodes see, for local volumes. */
  nodeFolder(name: string): string;
}

export interface RealClusterOptions {
  /** Of podman's, which pods may use. */
  readonly images: readonly string[];
  /** One when left out. */
  readonly nodes?: 1 | 2;
}

/** Mounts of pods' volumes outlive the kubelet. */
const unmountBelow = async (directory: string): Promise<void> => {
  const mounted = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${directory}/`));
  for (const path of mounted.sort().toReversed()) await attempt('umount', ['--lazy', path]);
};

const serverOf = ({ kubeconfig }: Cluster): string => {
  const { clusters } = JSON.parse(readFileSync(kubeconfig, 'utf8')) as {
    readonly clusters: readonly { readonly cluster: { readonly server: string } }[];
  };
  return new URL(clusters[0]!.cluster.server).host;
};

/** How pods find the API server, which tells nobody of itself where it is the only one. */
const sliceOfApi = (server: string): object => {
  const { hostname, port } = new URL(`https://${server}`);
  return {
    ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' },
    metadata: {
      ...{ name: 'kubernetes', namespace: 'default' },
      labels: { 'kubernetes.io/service-name': 'kubernetes' },
    },
    endpoints: [{ addresses: [hostname] }],
    ports: [{ name: 'https', protocol: 'TCP', port: Number(port) }],
  };
};

/** Starts it and waits until pods can run. */
export const startRealCluster = async ({
  images,
  nodes: count = 1,
}: RealClusterOptions): Promise<RealCluster> => {
  const programs = { kubernetes: await controlPlaneProgram(), router: await kubeRouterProgram() };
  const network = await openNetwork(count);
  const directory = mkdtempSync(join(tmpdir(), 'millrace-cluster-'));
  const processes = createProcesses(directory, network.nodes[0]!.prefix);
  const nodes: RunningNode[] = [];
  let endNames = async () => {};
  const stop = async () => {
    await endNames();
    for (const node of nodes) await node.stop();
    await processes.stop();
    await unmountBelow(directory);
    await network.close();
    rmSync(directory, { recursive: true, force: true });
  };
  const folder = (...names: readonly string[]) => {
    const path = join(directory, ...names);
    mkdirSync(path, { recursive: true });
    return path;
  };
  try {
    const cluster = await startControlPlane({
      ...{ program: programs.kubernetes, directory, processes, stop },
      ...{ serviceRange: addresses.services, address: addresses.node },
      forgetsNodes: count > 1,
    });
    endNames = startNameServer(directory, processes, cluster.kubeconfig);
    for (const its of network.nodes)
      await startNode(
        { cluster, directory: folder(its.name), network: its, images, programs },
        (node) => nodes.push(node),
      );
    const apiAddress = serverOf(cluster);
    await cluster.kubectl('apply', '-f', cluster.file('api.json', sliceOfApi(apiAddress)));
    return {
      ...{ ...cluster, hostAddress: addresses.host, apiAddress, nodes },
      nodeFolder: (name) => folder('volumes', name),
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
