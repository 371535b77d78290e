/**
 * Names of Services and their pods, by dnsmasq: it is told anew whenever the API server's list has changed. Addresses alone; a name outside of
 * the cluster has none.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { systemClock } from '@millrace/pipeline';
import type { Processes } from '../processes.ts';
import { addresses } from './network.ts';

const ZONE = 'cluster.local';
const BETWEEN_ROUNDS_MS = 300;

interface Meta {
  readonly name: string;
  readonly namespace: string;
  readonly labels?: Readonly<Record<string, string>>;
}
interface Service {
  readonly metadata: Meta;
  readonly spec: { readonly clusterIP?: string; readonly publishNotReadyAddresses?: boolean };
}
interface Slice {
  readonly metadata: Meta;
  readonly endpoints?: readonly {
    readonly addresses: readonly string[];
    readonly hostname?: string;
    readonly conditions?: { readonly ready?: boolean };
  }[];
}

/** Lines of a hosts file: a Service's address, or those of its ready pods where it is headless; pods by name. */
export const hostsOf = (services: readonly Service[], slices: readonly Slice[]): string => {
  const lines: string[] = [];
  for (const { metadata, spec } of services) {
    const name = `${metadata.name}.${metadata.namespace}.svc.${ZONE}`;
    const isHeadless = spec.clusterIP === 'None';
    if (!isHeadless && spec.clusterIP) lines.push(`${spec.clusterIP} ${name}`);
    const own = slices.filter(
      (slice) =>
        slice.metadata.namespace === metadata.namespace &&
        slice.metadata.labels?.['kubernetes.io/service-name'] === metadata.name,
    );
    for (const endpoint of own.flatMap(({ endpoints }) => endpoints ?? [])) {
      // The API server says ready of all where the Service publishes them before they are.
      if (endpoint.conditions?.ready === false) continue;
      for (const address of endpoint.addresses) {
        if (isHeadless) lines.push(`${address} ${name}`);
        if (endpoint.hostname) lines.push(`${address} ${endpoint.hostname}.${name}`);
      }
    }
  }
  return `${lines.sort().join('\n')}\n`;
};

const listOf = <Item>(kubeconfig: string, path: string): Promise<readonly Item[]> => {
  const { clusters, users } = JSON.parse(readFileSync(kubeconfig, 'utf8'));
  const headers = { authorization: `Bearer ${users[0].user.token}` };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${clusters[0].cluster.server}${path}`,
      { headers, rejectUnauthorized: false },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.once('end', () => resolve(JSON.parse(text).items));
        response.once('error', reject);
      },
    );
    outgoing.once('error', reject).end();
  });
};

/** Starts it and keeps it up to date until the returned function is called. */
export const startNameServer = (
  directory: string,
  processes: Processes,
  kubeconfig: string,
): (() => Promise<void>) => {
  const file = join(directory, 'hosts');
  writeFileSync(file, '\n');
  const server = processes.start('names', 'dnsmasq', [
    ...['--keep-in-foreground', '--log-facility=-', '--user=root', '--group=root', '--pid-file='],
    ...['--conf-file=/dev/null', '--no-resolv', '--no-hosts', `--addn-hosts=${file}`],
    ...[`--listen-address=${addresses.node}`, '--bind-interfaces', `--local=/${ZONE}/`],
  ]);
  let isOpen = true;
  let last = '';
  const round = async () => {
    const hosts = hostsOf(
      await listOf<Service>(kubeconfig, '/api/v1/services'),
      await listOf<Slice>(kubeconfig, '/apis/discovery.k8s.io/v1/endpointslices'),
    );
    if (hosts === last) return;
    writeFileSync(file, hosts);
    last = hosts;
    server.kill('SIGHUP');
  };
  const rounds = (async () => {
    while (isOpen) {
      // An API server that is busy or on its way out is asked again.
      await round().catch(() => undefined);
      await systemClock.sleep(BETWEEN_ROUNDS_MS);
    }
  })();
  return async () => {
    isOpen = false;
    await rounds;
  };
};
