/** A node that runs containers: containerd, a kubelet, the proxy of Services, and what enforces NetworkPolicies, in the network of that node. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../control-plane.ts';
import { createProcesses } from '../processes.ts';
import { startContainerRuntime } from './container-runtime.ts';
import { controlGroupOf } from './control-group.ts';
import { addresses, type NodeNetwork } from './network.ts';

export interface RunningNode {
  readonly name: string;
  /** Ends its pods, then its programs. */
  stop(): Promise<void>;
  /** As if its power had gone: first nothing is heard of it, then all that it runs is gone. */
  kill(): Promise<void>;
}

export interface NodeOptions {
  readonly cluster: Cluster;
  /** The node's own; exists. */
  readonly directory: string;
  readonly network: NodeNetwork;
  /** Of podman's, which pods may use. */
  readonly images: readonly string[];
  /** Of programs.ts. */
  readonly programs: { readonly kubernetes: string; readonly router: string };
}

const kubeletConfig = (
  { directory, network }: NodeOptions,
  endpoint: string,
  controlGroup: string,
): object => ({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  ...{ address: network.address, healthzPort: 0, readOnlyPort: 0 },
  // Only this machine reaches it, and whoever is on it is root.
  authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
  authorization: { mode: 'AlwaysAllow' },
  ...{ cgroupDriver: 'cgroupfs', cgroupRoot: controlGroup, failCgroupV1: false },
  ...{ enforceNodeAllocatable: [], failSwapOn: false },
  containerRuntimeEndpoint: endpoint,
  ...{ clusterDNS: [addresses.node], clusterDomain: 'cluster.local' },
  resolvConf: join(directory, 'resolv.conf'),
  // A kubelet takes away what it does not know, also what is another one's.
  podLogsDir: join(directory, 'logs'),
  imageGCHighThresholdPercent: 100,
  evictionHard: {
    'memory.available': '100Mi',
    'nodefs.available': '1%',
    'imagefs.available': '1%',
  },
  oomScoreAdj: 0,
  syncFrequency: '5s',
});

/** Starts it and waits until pods can run there. Clean up after a rejection by `stop` of the cluster's parts: see start-real-cluster.ts. */
export const startNode = async (
  options: NodeOptions,
  started: (node: RunningNode) => void,
): Promise<void> => {
  const { cluster, directory, network, programs } = options;
  const { name } = network;
  const processes = createProcesses(directory, network.prefix);
  const group = controlGroupOf(`millrace-${name}`);
  const runtime = await startContainerRuntime(directory, processes, network.pods);
  let isThere = true;
  started({
    name,
    stop: async () => {
      // A kubelet that goes on makes containers anew while they are ended.
      processes.end('kubelet');
      if (isThere) await runtime.endContainers();
      await processes.stop();
      await group.remove();
    },
    kill: async () => {
      isThere = false;
      await network.cut();
      await processes.kill();
      runtime.endShims();
      group.kill();
    },
  });
  for (const image of options.images) await runtime.importImage(image);
  writeFileSync(join(directory, 'resolv.conf'), `nameserver ${addresses.node}\n`);
  mkdirSync(join(directory, 'logs'));
  const config = join(directory, 'kubelet.json');
  writeFileSync(config, JSON.stringify(kubeletConfig(options, runtime.endpoint, group.name)));
  const client = ['--kubeconfig', cluster.kubeconfig, '--hostname-override', name];
  processes.start('kubelet', programs.kubernetes, [
    ...['kubelet', ...client, '--config', config, '--node-ip', network.address],
    ...['--root-dir', join(directory, 'kubelet'), '--cert-dir', join(directory, 'kubelet-pki')],
  ]);
  processes.start('proxy', programs.kubernetes, [
    ...['proxy', ...client, '--proxy-mode', 'iptables', '--cluster-cidr', addresses.pods],
    ...['--bind-address', network.address, '--metrics-bind-address', '127.0.0.1:10249'],
    ...['--healthz-bind-address', '127.0.0.1:10256', '--conntrack-max-per-core', '0'],
    ...['--conntrack-tcp-timeout-established', '0', '--conntrack-tcp-timeout-close-wait', '0'],
  ]);
  await cluster.until(`there is the node ${name}`, 'get', `node/${name}`);
  await cluster.kubectl('wait', '--for=condition=Ready', `node/${name}`, '--timeout=300s');
  processes.start('policies', programs.router, [
    ...['--kubeconfig', cluster.kubeconfig, '--hostname-override', name],
    ...['--run-firewall', '--run-router=false', '--run-service-proxy=false', '--enable-cni=false'],
    ...['--service-cluster-ip-range', addresses.services, '--health-port', '0'],
  ]);
};
