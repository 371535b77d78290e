/**
 * A network of the cluster's own, in a namespace that is joined to this machine by one pair of interfaces: pods and Services are reached from
 * here by their addresses, and pods reach this machine and nothing behind it. Rules that the proxy makes stay inside.
 */
import { attempt, run } from '../../engine/run.ts';

export interface ClusterNetwork {
  /** What a command line begins with to run inside. */
  readonly prefix: readonly string[];
  close(): Promise<void>;
}

/** Addresses; one such cluster at a time on a machine. */
export const addresses = {
  whole: '10.213.0.0/16',
  /** Of the node, where the API server and the name server listen. */
  node: '10.213.1.1',
  /** This machine, as pods reach it. */
  host: '10.213.1.2',
  pods: '10.213.2.0/24',
  services: '10.213.16.0/20',
} as const;

const podNamespaces = async (): Promise<readonly string[]> =>
  (await run('ip', ['netns', 'list']))
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter((name) => name.startsWith('cni-'));

/** @throws when such a network exists already */
export const openNetwork = async (): Promise<ClusterNetwork> => {
  const name = `millrace-${process.pid}`;
  const outside = `mr${process.pid}`;
  const prefix = ['nsenter', `--net=/run/netns/${name}`];
  if ((await run('ip', ['route', 'show', addresses.whole])) !== '')
    throw new Error(`${addresses.whole} is in use: is there another cluster on this machine?`);
  const others = new Set(await podNamespaces());
  const inside = (...args: readonly string[]) => run('nsenter', [...prefix.slice(1), ...args]);
  const close = async () => {
    await attempt('ip', ['link', 'delete', outside]);
    await attempt('ip', ['netns', 'delete', name]);
    // Of pods that were ended with the cluster and not by it.
    for (const pod of await podNamespaces())
      if (!others.has(pod)) await attempt('ip', ['netns', 'delete', pod]);
  };
  try {
    await run('ip', ['netns', 'add', name]);
    await inside('ip', 'link', 'set', 'lo', 'up');
    const pair = ['type', 'veth', 'peer', 'name', 'eth0', 'netns', name];
    await run('ip', ['link', 'add', outside, ...pair]);
    await inside('ip', 'address', 'add', `${addresses.node}/24`, 'dev', 'eth0');
    await inside('ip', 'link', 'set', 'eth0', 'up');
    await run('ip', ['address', 'add', `${addresses.host}/24`, 'dev', outside]);
    await run('ip', ['link', 'set', outside, 'up']);
    await run('ip', ['route', 'add', addresses.whole, 'via', addresses.node]);
    // The kubelet looks for a default route; what has no other goes to this machine and ends there.
    await inside('ip', 'route', 'add', 'default', 'via', addresses.host);
    await inside('sysctl', '-qw', 'net.ipv4.ip_forward=1');
    // Where bridges' packets are looked at by iptables; the module may be a part of the kernel or missing.
    await attempt('nsenter', [
      ...prefix.slice(1),
      ...['sysctl', '-qw', 'net.bridge.bridge-nf-call-iptables=1'],
    ]);
    return { prefix, close };
  } catch (error) {
    await close();
    throw error;
  }
};
