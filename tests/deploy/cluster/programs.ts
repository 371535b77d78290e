/**
 * The programs of a cluster, built by Go out of the modules that their projects publish, since no registry carries them; once a
 * machine, into the cache, under a name that changes with their sources. The first build takes minutes.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { attempt, run } from '../engine/run.ts';

const KUBERNETES = '1.34.4';
const KWOK = '0.7.0';
const HELM_3 = '3.22.0';
/** The last one that Go installs by its name: later ones replace modules. */
const KUBE_ROUTER = '2.1.0';
const sources = fileURLToPath(new URL('control-plane', import.meta.url));

/** Where programs are kept between runs. */
export const programCache = (): string => {
  const directory = join(
    process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
    'millrace/deploy',
  );
  mkdirSync(directory, { recursive: true });
  return directory;
};

/** A sentence that says why a cluster cannot be had here; undefined when nothing is missing. */
export const missingForCluster = async (): Promise<string | undefined> => {
  const go = await attempt('go', ['version']).catch(() => undefined);
  const minor = Number(/go1\.(\d+)/.exec(go?.stdout ?? '')?.[1] ?? 0);
  return minor >= 24
    ? undefined
    : 'Go 1.24 or later is not installed, which builds the control plane';
};

/** The same for a cluster whose pods run. */
export const missingForPods = async (): Promise<string | undefined> => {
  const needed = [
    ...['containerd', 'ctr', 'runc', 'dnsmasq', 'conntrack', 'iptables', 'ipset', 'nsenter', 'ip'],
  ];
  for (const program of needed)
    if ((await attempt('which', [program])).code !== 0)
      return `${program} is not installed: apt-get install containerd runc containernetworking-plugins dnsmasq-base conntrack iptables ipset iproute2`;
  if (!existsSync('/usr/lib/cni/bridge'))
    return 'the plugins of pods’ networks are not installed: apt-get install containernetworking-plugins';
  return missingForCluster();
};

/** The same for one with controllers of others, which ask for a later Go. */
export const missingForControllers = async (): Promise<string | undefined> => {
  const missing = await missingForPods();
  if (missing !== undefined) return missing;
  const go = await attempt('go', ['version']);
  if (Number(/go1\.(\d+)/.exec(go.stdout)?.[1] ?? 0) < 26)
    return 'Go 1.26 or later is not installed, which builds the controllers';
  return (await attempt('which', ['openssl'])).code === 0
    ? undefined
    : 'openssl is not installed: apt-get install openssl';
};

/** The control plane and a node: its first argument is etcd, apiserver, controllers, scheduler, kubelet or proxy. */
export const controlPlaneProgram = async (): Promise<string> => {
  const hash = createHash('sha256');
  for (const name of ['go.mod', 'go.sum', 'main.go'])
    hash.update(readFileSync(join(sources, name)));
  const file = join(programCache(), `control-plane-${hash.digest('hex').slice(0, 12)}`);
  if (existsSync(file)) return file;
  const version = 'k8s.io/component-base/version';
  const [major, minor] = KUBERNETES.split('.');
  // Without these the server says v0.0.0, and charts that ask for a version are refused.
  const stamps = [
    `gitVersion=v${KUBERNETES}`,
    `gitMajor=${major}`,
    `gitMinor=${minor}`,
    'gitTreeState=clean',
  ];
  const flags = ['-s -w', ...stamps.map((stamp) => `-X ${version}.${stamp}`)].join(' ');
  const partial = `${file}.${process.pid}`;
  await run('go', ['build', '-trimpath', '-ldflags', flags, '-o', partial, '.'], {
    cwd: sources,
    env: { ...process.env, CGO_ENABLED: '0' },
  });
  renameSync(partial, file);
  return file;
};

/** `go install` of a program, into the cache. @returns its path */
const installed = async (name: string, path: string, version: string): Promise<string> => {
  const file = join(programCache(), `${name}-${version}`);
  if (existsSync(file)) return file;
  const bin = mkdtempSync(join(tmpdir(), `${name}-`));
  await run('go', ['install', '-ldflags', '-s -w', `${path}@v${version}`], {
    env: { ...process.env, GOBIN: bin },
  });
  const partial = `${file}.${process.pid}`;
  await run('cp', [join(bin, name), partial]);
  renameSync(partial, file);
  rmSync(bin, { recursive: true, force: true });
  return file;
};

/** KWOK, which plays the nodes: pods become ready, and those that are to end do. */
export const kwokProgram = (): Promise<string> =>
  installed('kwok', 'sigs.k8s.io/kwok/cmd/kwok', KWOK);

/** What enforces NetworkPolicies on a node, by rules of iptables. */
export const kubeRouterProgram = (): Promise<string> =>
  installed(
    'kube-router',
    'github.com/cloudnativelabs/kube-router/v2/cmd/kube-router',
    KUBE_ROUTER,
  );

/** The last helm 3, beside the one that npm's package carries. */
export const helm3Program = (): Promise<string> =>
  installed('helm', 'helm.sh/helm/v3/cmd/helm', HELM_3);
