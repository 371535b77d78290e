/**
 * A real Kubernetes control plane: etcd, the API server with its admission, the controllers, the scheduler. It has no nodes; those come from
 * start-cluster.ts (played) or node/ (real).
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '@millrace/chart';
import { freePorts } from '@millrace/stack';
import { vi } from 'vitest';
import { attempt, type Ran, run } from '../engine/run.ts';
import { issueForClient } from './certificates.ts';
import type { Processes } from './processes.ts';

export interface Cluster {
  readonly kubeconfig: string;
  /** What kubectl prints. Rejects with what it said when it fails. */
  kubectl(...args: readonly string[]): Promise<string>;
  /** Never rejects for what it says. */
  tryKubectl(...args: readonly string[]): Promise<Ran>;
  /** What helm prints. */
  helm(...args: readonly string[]): Promise<string>;
  /** Never rejects for what it says. */
  tryHelm(...args: readonly string[]): Promise<Ran>;
  /** The same cluster by another helm. */
  withHelm(program: string): Cluster;
  /** A file with this text, or with this as JSON, e.g. of values. */
  file(name: string, content: unknown): string;
  /** Resolves when kubectl succeeds with it. Rejects with what it said, and the logs of parts that have ended. */
  until(what: string, ...args: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

export interface ControlPlaneOptions {
  /** The program of programs.ts. */
  readonly program: string;
  readonly directory: string;
  readonly processes: Processes;
  /** Where the API server listens; 127.0.0.1 when left out. */
  readonly address?: string;
  /** Of Services. */
  readonly serviceRange: string;
  /** A node that is silent is given up after a minute; never when left out. */
  readonly forgetsNodes?: boolean;
  readonly stop: () => Promise<void>;
}

const findOrFail = (name: 'helm' | 'kubectl'): string => {
  const found = findProgram(name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
};

/**
 * Files that the parts read: a key for tokens of service accounts, who may come in, and how; by what servers that add to the API know the API server.
 * @returns the kubeconfig's path
 */
const writeCredentials = async (directory: string, server: string): Promise<string> => {
  await issueForClient(directory, 'front-proxy');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(directory, 'sa.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const token = randomBytes(16).toString('hex');
  writeFileSync(join(directory, 'tokens.csv'), `${token},admin,admin,system:masters\n`);
  const kubeconfig = join(directory, 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
    'current-context': 'test',
  };
  writeFileSync(kubeconfig, JSON.stringify(config), { mode: 0o600 });
  return kubeconfig;
};

/** Command lines by the part's name. */
const commandLines = (
  ports: readonly number[],
  address: string,
  serviceRange: string,
  kubeconfig: string,
  patience: string,
) => {
  const [etcd, peers, api, controllers, scheduler] = ports;
  const etcdUrl = `http://127.0.0.1:${etcd}`;
  const peerUrl = `http://127.0.0.1:${peers}`;
  const asked = ['--authentication-kubeconfig', kubeconfig];
  const client = [
    ...['--bind-address', '127.0.0.1', '--kubeconfig', kubeconfig, ...asked],
    ...['--authorization-kubeconfig', kubeconfig, '--leader-elect=false', '--cert-dir', 'pki'],
  ];
  return {
    etcd: [
      ...['--data-dir', 'etcd', '--unsafe-no-fsync', '--log-level', 'warn'],
      ...['--listen-client-urls', etcdUrl, '--advertise-client-urls', etcdUrl],
      ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl],
      ...['--initial-cluster', `default=${peerUrl}`],
    ],
    apiserver: [
      ...['--bind-address', address, '--advertise-address', address, '--secure-port', `${api}`],
      ...['--etcd-servers', etcdUrl, '--kubelet-preferred-address-types', 'InternalIP'],
      ...['--cert-dir', 'pki', '--service-account-key-file', 'sa.key'],
      ...['--service-account-signing-key-file', 'sa.key'],
      ...['--service-account-issuer', 'https://kubernetes.default.svc'],
      ...['--service-cluster-ip-range', serviceRange, '--endpoint-reconciler-type', 'none'],
      ...['--token-auth-file', 'tokens.csv', '--authorization-mode', 'Node,RBAC'],
      ...['--proxy-client-cert-file', 'front-proxy.crt', '--proxy-client-key-file'],
      ...['front-proxy.key', '--requestheader-client-ca-file', 'front-proxy.crt'],
      ...['--requestheader-username-headers', 'X-Remote-User'],
      ...['--requestheader-group-headers', 'X-Remote-Group'],
      ...['--requestheader-extra-headers-prefix', 'X-Remote-Extra-'],
    ],
    controllers: [
      ...[...client, '--secure-port', `${controllers}`, '--use-service-account-credentials'],
      ...['--service-account-private-key-file', 'sa.key'],
      // Whom pods that ask the API server trust: the certificate that it has made for itself.
      ...['--root-ca-file', 'pki/apiserver.crt'],
      '--horizontal-pod-autoscaler-sync-period=5s',
      // A node's heartbeats come late on a busy machine, and nobody would make a played one's pods ready again.
      `--node-monitor-grace-period=${patience}`,
    ],
    scheduler: [...client, '--secure-port', `${scheduler}`],
  };
};

/** kubectl and helm, as clients of one cluster. */
const clientsOf = (
  own: Pick<ControlPlaneOptions, 'directory' | 'processes' | 'stop'>,
  kubeconfig: string,
  helm: string,
): Cluster => {
  const { directory, processes, stop } = own;
  const env = { ...process.env, KUBECONFIG: kubeconfig, HOME: directory };
  const kubectl = findOrFail('kubectl');
  const tryKubectl = (...args: readonly string[]) => attempt(kubectl, args, { env });
  return {
    kubeconfig,
    stop,
    tryKubectl,
    kubectl: (...args) => run(kubectl, args, { env }),
    helm: (...args) => run(helm, args, { env }),
    tryHelm: (...args) => attempt(helm, args, { env }),
    withHelm: (other) => clientsOf(own, kubeconfig, other),
    file: (name, content) => {
      const path = join(directory, name);
      writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
      return path;
    },
    until: async (what, ...args) => {
      await vi.waitFor(
        async () => {
          const { code, stderr } = await tryKubectl(...args);
          if (code !== 0)
            throw new Error(`waited until ${what}: ${stderr} ${processes.logsOfEnded()}`);
        },
        { interval: 500, timeout: 300_000 },
      );
    },
  };
};

/** Starts it and waits until controllers work. Rejects with the ends of logs when a part ends meanwhile. */
export const startControlPlane = async (options: ControlPlaneOptions): Promise<Cluster> => {
  const { program, directory, processes, address = '127.0.0.1' } = options;
  const ports = await freePorts(5);
  const kubeconfig = await writeCredentials(directory, `https://${address}:${ports[2]}`);
  const patience = options.forgetsNodes === true ? '1m' : '24h';
  const lines = commandLines(ports, address, options.serviceRange, kubeconfig, patience);
  const cluster = clientsOf(options, kubeconfig, findOrFail('helm'));
  const start = (name: keyof typeof lines) =>
    processes.start(name, program, [name, ...lines[name]]);
  start('etcd');
  start('apiserver');
  await cluster.until('the API server is ready', 'get', '--raw', '/readyz');
  start('controllers');
  start('scheduler');
  await cluster.until('controllers work', '-n', 'default', 'get', 'serviceaccount', 'default');
  return cluster;
};
