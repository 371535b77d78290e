/**
 * Networks of the cluster's nodes, each in a namespace of its own. The first is joined to this machine by a pair of interfaces, the others to the
 * first: pods and Services are reached from here by their addresses, and pods reach this machine and nothing behind it. Rules that proxies make
 * stay inside.
 */
import { attempt, run } from '../../engine/run.ts';

export interface NodeNetwork {
  /** Of the node. */
  readonly name: string;
  /** What a command line begins with to run inside. */
  readonly prefix: readonly string[];
  readonly address: string;
  /** Of its pods. */
  readonly pods: string;
  /** Nothing comes in and nothing goes out any more. */
  cut(): Promise<void>;
}

export interface ClusterNetwork {
  readonly nodes: readonly NodeNetwork[];
  close(): Promise<void>;
}

/** Addresses; one such cluster at a time on a machine. */
export const addresses = {
  whole: '10.213.0.0/16',
  /** Of the first node, where the API server and the name server listen. */
  node: '10.213.1.1',
  /** This machine, as pods reach it. */
  host: '10.213.1.2',
  /** Of all nodes. */
  pods: '10.213.2.0/23',
  services: '10.213.16.0/20',
} as const;

/** `gateway` is what the node reaches all others by. */
const places = [
  { name: 'real', address: addresses.node, gateway: addresses.host, pods: '10.213.2.0/24' },
  { name: 'other', address: '10.213.4.2', gateway: '10.213.4.1', pods: '10.213.3.0/24' },
] as const;

const podNamespaces = async (): Promise<readonly string[]> =>
  (await run('ip', ['netns', 'list']))
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter((name) => name.startsWith('cni-'));

const within = (namespace: string) => ['nsenter', `--net=/run/netns/${namespace}`] as const;

/** A namespace that is joined to another one, or to this machine, by the interface `eth0` inside and `outside` there. */
const joinNode = async (
  namespace: string,
  { address, gateway, pods }: (typeof places)[number],
  outside: string,
  there: readonly string[],
): Promise<void> => {
  const [enter, ...options] = within(namespace);
  const inside = (...args: readonly string[]) => run(enter, [...options, ...args]);
  const outThere = (...args: readonly string[]) => {
    const [command = 'ip', ...rest] = [...there, 'ip', ...args];
    return run(command, rest);
  };
  await run('ip', ['netns', 'add', namespace]);
  await inside('ip', 'link', 'set', 'lo', 'up');
  const pair = ['type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace];
  await outThere('link', 'add', outside, ...pair);
  await inside('ip', 'address', 'add', `${address}/24`, 'dev', 'eth0');
  await inside('ip', 'link', 'set', 'eth0', 'up');
  await outThere('address', 'add', `${gateway}/24`, 'dev', outside);
  await outThere('link', 'set', outside, 'up');
  // All of the cluster is behind the first node, and what is behind another one it says itself.
  await outThere('route', 'add', there.length === 0 ? addresses.whole : pods, 'via', address);
  // The kubelet looks for a default route; what has no other goes to this machine and ends there.
  await inside('ip', 'route', 'add', 'default', 'via', gateway);
  await inside('sysctl', '-qw', 'net.ipv4.ip_forward=1');
  // Where bridges' packets are looked at by iptables; the module may be a part of the kernel or missing.
  const bridged = ['sysctl', '-qw', 'net.bridge.bridge-nf-call-iptables=1'];
  await attempt(enter, [...options, ...bridged]);
};

/**
 * @param count of nodes, one or two
 * @throws when such a network exists already
 */
export const openNetwork = async (count: 1 | 2): Promise<ClusterNetwork> => {
  const outside = `mr${process.pid}`;
  const namespaceOf = (name: string) => `millrace-${process.pid}-${name}`;
  if ((await run('ip', ['route', 'show', addresses.whole])) !== '')
    throw new Error(`${addresses.whole} is in use: is there another cluster on this machine?`);
  const others = new Set(await podNamespaces());
  const used = places.slice(0, count);
  const first = within(namespaceOf(places[0].name));
  const close = async () => {
    await attempt('ip', ['link', 'delete', outside]);
    for (const { name } of used) await attempt('ip', ['netns', 'delete', namespaceOf(name)]);
    // Of pods that were ended with the cluster and not by it.
    for (const pod of await podNamespaces())
      if (!others.has(pod)) await attempt('ip', ['netns', 'delete', pod]);
  };
  try {
    for (const [index, place] of used.entries())
      await joinNode(namespaceOf(place.name), place, outside, index === 0 ? [] : first);
  } catch (error) {
    await close();
    throw error;
  }
  const nodes = used.map(({ name, address, pods }) => {
    const prefix = within(namespaceOf(name));
    const cut = async () => {
      await run('nsenter', [...prefix.slice(1), 'ip', 'link', 'set', 'eth0', 'down']);
    };
    return { name, prefix, address, pods, cut };
  });
  return { nodes, close };
};
