/**
 * A cluster of one node that runs containers: the control plane, a kubelet with containerd, the proxy of Services, what enforces NetworkPolicies, and a
 * name server, in a network of their own. Nothing makes volumes, and pods reach this machine and nothing else.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attempt } from '../../engine/run.ts';
import { type Cluster, startControlPlane } from '../control-plane.ts';
import { createProcesses } from '../processes.ts';
import { controlPlaneProgram, kubeRouterProgram } from '../programs.ts';
import { startContainerRuntime } from './container-runtime.ts';
import { startNameServer } from './name-server.ts';
import { addresses, openNetwork } from './network.ts';

const NODE = 'real';

export interface RealCluster extends Cluster {
  /** This machine, as pods reach it. */
  readonly hostAddress: string;
  /** `host:port` of the API server. */
  readonly apiAddress: string;
  /** A folder of the node, for local volumes. */
  nodeFolder(name: string): string;
}

const kubeletConfig = (directory: string, endpoint: string): object => ({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  ...{ address: addresses.node, healthzPort: 0, readOnlyPort: 0 },
  // Only this machine reaches it, and whoever is on it is root.
  authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
  authorization: { mode: 'AlwaysAllow' },
  ...{ cgroupDriver: 'cgroupfs', failCgroupV1: false, failSwapOn: false },
  enforceNodeAllocatable: [],
  containerRuntimeEndpoint: endpoint,
  ...{ clusterDNS: [addresses.node], clusterDomain: 'cluster.local' },
  resolvConf: join(directory, 'resolv.conf'),
  imageGCHighThresholdPercent: 100,
  evictionHard: {
    'memory.available': '100Mi',
    'nodefs.available': '1%',
    'imagefs.available': '1%',
  },
  oomScoreAdj: 0,
  syncFrequency: '5s',
});

/** Mounts of pods' volumes outlive the kubelet. */
const unmountBelow = async (directory: string): Promise<void> => {
  const mounted = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${directory}/`));
  for (const path of mounted.sort().toReversed()) await attempt('umount', ['--lazy', path]);
};

/**
 * All pods together weigh as much as two busy processes outside, which is nothing on a machine that is busy with other things, and their probes
 * would not wait: they get the weight of as many processes as they are.
 */
const weighPods = (): void => {
  for (const [file, weight] of [
    ['/sys/fs/cgroup/cpu/kubepods/cpu.shares', '20480'],
    ['/sys/fs/cgroup/kubepods/cpu.weight', '2000'],
  ] as const)
    if (existsSync(file)) writeFileSync(file, weight);
};

const serverOf = ({ kubeconfig }: Cluster): string => {
  const { clusters } = JSON.parse(readFileSync(kubeconfig, 'utf8')) as {
    readonly clusters: readonly { readonly cluster: { readonly server: string } }[];
  };
  return new URL(clusters[0]!.cluster.server).host;
};

/** Groups that the kubelet made, empty by now; the deepest first. */
const removeControlGroups = async (): Promise<void> => {
  await attempt('find', [
    '/sys/fs/cgroup',
    '-depth',
    '-path',
    '*/kubepods*',
    '-type',
    'd',
    '-exec',
    'rmdir',
    '{}',
    ';',
  ]);
};

/**
 * Starts it and waits until pods can run.
 * @param images of podman's, which pods may use
 */
export const startRealCluster = async (images: readonly string[]): Promise<RealCluster> => {
  const program = await controlPlaneProgram();
  const router = await kubeRouterProgram();
  const directory = mkdtempSync(join(tmpdir(), 'millrace-cluster-'));
  const network = await openNetwork();
  const processes = createProcesses(directory, network.prefix);
  const hadGroups = existsSync('/sys/fs/cgroup/memory/kubepods');
  let endContainers = async () => {};
  let endNames = async () => {};
  const stop = async () => {
    await endNames();
    await endContainers();
    await processes.stop();
    await unmountBelow(directory);
    await network.close();
    if (!hadGroups) await removeControlGroups();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const plane = { program, directory, processes, stop, serviceRange: addresses.services };
    const cluster = await startControlPlane({ ...plane, address: addresses.node });
    const runtime = await startContainerRuntime(directory, processes);
    endContainers = runtime.endContainers;
    for (const image of images) await runtime.importImage(image);
    writeFileSync(join(directory, 'resolv.conf'), `nameserver ${addresses.node}\n`);
    const config = cluster.file('kubelet.json', kubeletConfig(directory, runtime.endpoint));
    const client = ['--kubeconfig', cluster.kubeconfig, '--hostname-override', NODE];
    const kubelet = processes.start('kubelet', program, [
      ...['kubelet', ...client, '--config', config, '--node-ip', addresses.node],
      ...['--root-dir', join(directory, 'kubelet'), '--cert-dir', join(directory, 'kubelet-pki')],
    ]);
    // A kubelet that goes on makes containers anew while they are ended.
    endContainers = async () => {
      kubelet.kill('SIGTERM');
      await runtime.endContainers();
    };
    processes.start('proxy', program, [
      ...['proxy', ...client, '--proxy-mode', 'iptables', '--cluster-cidr', addresses.pods],
      ...['--bind-address', addresses.node, '--metrics-bind-address', '127.0.0.1:10249'],
      ...['--healthz-bind-address', '127.0.0.1:10256', '--conntrack-max-per-core', '0'],
      ...['--conntrack-tcp-timeout-established', '0', '--conntrack-tcp-timeout-close-wait', '0'],
    ]);
    endNames = startNameServer(directory, processes, cluster.kubeconfig);
    await cluster.until('there is a node', 'get', `node/${NODE}`);
    await cluster.kubectl('wait', '--for=condition=Ready', `node/${NODE}`, '--timeout=300s');
    processes.start('policies', router, [
      ...['--kubeconfig', cluster.kubeconfig, '--hostname-override', NODE],
      ...[
        '--run-firewall',
        '--run-router=false',
        '--run-service-proxy=false',
        '--enable-cni=false',
      ],
      ...['--service-cluster-ip-range', addresses.services, '--health-port', '0'],
    ]);
    weighPods();
    const nodeFolder = (name: string) => {
      const folder = join(directory, 'volumes', name);
      mkdirSync(folder, { recursive: true });
      return folder;
    };
    return { ...cluster, hostAddress: addresses.host, apiAddress: serverOf(cluster), nodeFolder };
  } catch (error) {
    await stop();
    throw error;
  }
};
