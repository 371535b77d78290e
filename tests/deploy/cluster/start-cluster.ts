/**
 * A real Kubernetes control plane on loopback, with a node that KWOK plays: everything that an API server, its admission, the
 * controllers and the scheduler do is real, and no container runs. One program each, ended with the cluster.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram } from '@millrace/chart';
import { freePorts, guardProcess } from '@millrace/stack';
import { vi } from 'vitest';
import { attempt, type Ran, run } from '../engine/run.ts';
import { customResources } from './custom-resources.ts';
import { controlPlaneProgram, kwokProgram } from './programs.ts';

export interface Cluster {
  readonly kubeconfig: string;
  /** What kubectl prints. Rejects with what it said when it fails. */
  kubectl(...args: readonly string[]): Promise<string>;
  /** Never rejects for what it says. */
  tryKubectl(...args: readonly string[]): Promise<Ran>;
  /** What helm prints. */
  helm(...args: readonly string[]): Promise<string>;
  /** A file with this text, e.g. of values. */
  file(name: string, content: unknown): string;
  stop(): Promise<void>;
}

const program = (name: 'helm' | 'kubectl'): string => {
  const found = findProgram(name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
};

/** Files that the parts read: a key for tokens of service accounts, who may come in, and how. */
const writeCredentials = (directory: string, apiPort: number): string => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(directory, 'sa.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const token = randomBytes(16).toString('hex');
  writeFileSync(join(directory, 'tokens.csv'), `${token},admin,admin,system:masters\n`);
  const kubeconfig = join(directory, 'kubeconfig');
  const server = `https://127.0.0.1:${apiPort}`;
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

/** Command lines by the part's name, in the order in which they are started. */
const commandLines = (ports: readonly number[], kubeconfig: string) => {
  const [etcd, peers, api, controllers, scheduler, kwok] = ports;
  const etcdUrl = `http://127.0.0.1:${etcd}`;
  const peerUrl = `http://127.0.0.1:${peers}`;
  const loopback = ['--bind-address', '127.0.0.1'];
  const client = ['--kubeconfig', kubeconfig];
  const asked = [
    '--authentication-kubeconfig',
    kubeconfig,
    '--authorization-kubeconfig',
    kubeconfig,
  ];
  return {
    etcd: [
      ...['--data-dir', 'etcd', '--unsafe-no-fsync', '--log-level', 'warn'],
      ...['--listen-client-urls', etcdUrl, '--advertise-client-urls', etcdUrl],
      ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl],
      ...['--initial-cluster', `default=${peerUrl}`],
    ],
    apiserver: [
      ...loopback,
      ...['--etcd-servers', etcdUrl, '--advertise-address', '127.0.0.1', '--secure-port', `${api}`],
      ...['--cert-dir', 'pki', '--service-account-key-file', 'sa.key'],
      ...['--service-account-signing-key-file', 'sa.key'],
      ...['--service-account-issuer', 'https://kubernetes.default.svc'],
      ...['--service-cluster-ip-range', '127.200.0.0/16', '--endpoint-reconciler-type', 'none'],
      ...['--token-auth-file', 'tokens.csv', '--authorization-mode', 'Node,RBAC'],
    ],
    controllers: [
      ...[...loopback, ...client, ...asked, '--secure-port', `${controllers}`],
      ...['--leader-elect=false', '--use-service-account-credentials', '--cert-dir', 'pki'],
      ...['--service-account-private-key-file', 'sa.key'],
      // A played node's heartbeats come late on a busy machine, and nobody would make its pods ready again.
      '--node-monitor-grace-period=24h',
    ],
    scheduler: [
      ...[...loopback, ...client, ...asked, '--secure-port', `${scheduler}`],
      ...['--leader-elect=false', '--cert-dir', 'pki'],
    ],
    kwok: [
      ...[...client, '--manage-all-nodes=true', '--node-ip', '127.0.0.1'],
      ...['--server-address', `127.0.0.1:${kwok}`],
      ...['--config', fileURLToPath(new URL('stages.yaml', import.meta.url))],
    ],
  };
};

const node = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name: 'played',
    labels: { 'kubernetes.io/hostname': 'played', 'kubernetes.io/os': 'linux' },
  },
};

const ended = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once('exit', () => resolve()));

/** Starts it and waits until pods can run. Rejects with the end of a part's log when it ends meanwhile. */
export const startCluster = async (): Promise<Cluster> => {
  const binaries = { plane: await controlPlaneProgram(), kwok: await kwokProgram() };
  const directory = mkdtempSync(join(tmpdir(), 'millrace-cluster-'));
  const ports = await freePorts(6);
  const kubeconfig = writeCredentials(directory, ports[2] ?? 0);
  const lines = commandLines(ports, kubeconfig);
  const children: ChildProcess[] = [];
  const start = (name: keyof typeof lines) => {
    const log = openSync(join(directory, `${name}.log`), 'a');
    const [file, args] =
      name === 'kwok' ? [binaries.kwok, lines.kwok] : [binaries.plane, [name, ...lines[name]]];
    const child = spawn(file, args, { cwd: directory, stdio: ['ignore', log, log] });
    children.push(child);
    // Ended with this process, however it ends.
    if (child.pid !== undefined) child.once('exit', guardProcess(child.pid, 'SIGTERM').release);
  };
  const env = { ...process.env, KUBECONFIG: kubeconfig, HOME: directory };
  const cluster: Cluster = {
    kubeconfig,
    kubectl: (...args) => run(program('kubectl'), args, { env }),
    tryKubectl: (...args) => attempt(program('kubectl'), args, { env }),
    helm: (...args) => run(program('helm'), args, { env }),
    file: (name, content) => {
      const path = join(directory, name);
      writeFileSync(path, JSON.stringify(content));
      return path;
    },
    stop: async () => {
      for (const child of children.toReversed()) {
        child.kill('SIGTERM');
        await ended(child);
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
  const logsOfEnded = (): string =>
    children
      .map((child, index) => [child, Object.keys(lines)[index]] as const)
      .filter(([child]) => child.exitCode !== null)
      .map(([, name]) => readFileSync(join(directory, `${name}.log`), 'utf8').slice(-2000))
      .join('\n');
  const until = (what: string, ...args: readonly string[]) =>
    vi.waitFor(
      async () => {
        const { code, stderr } = await cluster.tryKubectl(...args);
        if (code !== 0) throw new Error(`waited until ${what}: ${stderr} ${logsOfEnded()}`);
      },
      { interval: 500, timeout: 300_000 },
    );
  try {
    start('etcd');
    start('apiserver');
    await until('the API server is ready', 'get', '--raw', '/readyz');
    start('controllers');
    start('scheduler');
    await until('controllers work', '-n', 'default', 'get', 'serviceaccount', 'default');
    const fixtures = { apiVersion: 'v1', kind: 'List', items: [node, ...customResources] };
    await cluster.kubectl('apply', '-f', cluster.file('fixtures.json', fixtures));
    start('kwok');
    await cluster.kubectl('wait', '--for=condition=Ready', 'node/played', '--timeout=120s');
    await cluster.kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=120s');
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
};
