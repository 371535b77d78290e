/** What a pod can open connections to. */
import type { Cluster } from './control-plane.ts';

/** Prints the names of those that took a connection; what drops packets instead of refusing them is given up after two seconds. */
const script = `
const targets = Object.entries(JSON.parse(process.argv[1]));
const opens = ([, address]) => new Promise((resolve) => {
  const [host, port] = address.split(':');
  const socket = require('node:net').connect({ host, port: Number(port), timeout: 2000 });
  const end = (isOpen) => { socket.destroy(); resolve(isOpen); };
  socket.on('connect', () => end(true)).on('error', () => end(false)).on('timeout', () => end(false));
});
Promise.all(targets.map(opens)).then((open) =>
  console.log(JSON.stringify(targets.filter((_, at) => open[at]).map(([name]) => name).sort())));
`;

/**
 * @param targets name → `host:port`
 * @returns names of those that it reaches, sorted
 */
export const reachFrom = async (
  { kubectl }: Pick<Cluster, 'kubectl'>,
  { namespace, pod }: { readonly namespace: string; readonly pod: string },
  targets: Readonly<Record<string, string>>,
): Promise<readonly string[]> =>
  JSON.parse(
    await kubectl(
      '-n',
      namespace,
      'exec',
      pod,
      '--',
      'node',
      '-e',
      script,
      JSON.stringify(targets),
    ),
  ) as readonly string[];
