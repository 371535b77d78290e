/**
 * The programs of a cluster, built by Go out of the modules that their projects publish, since no registry carries them; once a
 * machine, into the cache, under a name that changes with their sources. The first build takes minutes.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtOnce } from '../engine/built-once.ts';
import { run } from '../engine/run.ts';

const KUBERNETES = '1.34.4';
const KWOK = '0.7.0';
const HELM_3 = '3.22.0';
/** The last one that Go installs by its name: later ones replace modules. */
const KUBE_ROUTER = '2.1.0';
const sources = fileURLToPath(new URL('control-plane', import.meta.url));

/** The control plane and a node: its first argument is etcd, apiserver, controllers, scheduler, kubelet or proxy. */
export const controlPlaneProgram = async (): Promise<string> => {
  const hash = createHash('sha256');
  for (const name of ['go.mod', 'go.sum', 'main.go'])
    hash.update(readFileSync(join(sources, name)));
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
  return builtOnce(`control-plane-${hash.digest('hex').slice(0, 12)}`, async (path) => {
    await run('go', ['build', '-trimpath', '-ldflags', flags, '-o', path, '.'], {
      cwd: sources,
      env: { ...process.env, CGO_ENABLED: '0' },
    });
  });
};

/** `go install` of a program, into the cache. @returns its path */
const installed = (name: string, source: string, version: string): Promise<string> =>
  builtOnce(`${name}-${version}`, async (path) => {
    const bin = mkdtempSync(join(tmpdir(), `${name}-`));
    await run('go', ['install', '-ldflags', '-s -w', `${source}@v${version}`], {
      env: { ...process.env, GOBIN: bin },
    });
    await run('cp', [join(bin, name), path]);
    rmSync(bin, { recursive: true, force: true });
  });

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
