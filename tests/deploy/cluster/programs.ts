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
const sources = fileURLToPath(new URL('control-plane', import.meta.url));

const cache = (): string => {
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

/** The control plane: its first argument is etcd, apiserver, controllers or scheduler. */
export const controlPlaneProgram = async (): Promise<string> => {
  const hash = createHash('sha256');
  for (const name of ['go.mod', 'go.sum', 'main.go'])
    hash.update(readFileSync(join(sources, name)));
  const file = join(cache(), `control-plane-${hash.digest('hex').slice(0, 12)}`);
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

/** KWOK, which plays the nodes: pods become ready, and those that are to end do. */
export const kwokProgram = async (): Promise<string> => {
  const file = join(cache(), `kwok-${KWOK}`);
  if (existsSync(file)) return file;
  const bin = mkdtempSync(join(tmpdir(), 'kwok-'));
  await run('go', ['install', '-ldflags', '-s -w', `sigs.k8s.io/kwok/cmd/kwok@v${KWOK}`], {
    env: { ...process.env, GOBIN: bin },
  });
  const partial = `${file}.${process.pid}`;
  await run('cp', [join(bin, 'kwok'), partial]);
  renameSync(partial, file);
  rmSync(bin, { recursive: true, force: true });
  return file;
};
