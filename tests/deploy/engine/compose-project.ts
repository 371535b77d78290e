/**
 * docker-compose.yml as it is written, by `docker compose` on podman. What a second file changes: names of images alone, and what this machine
 * cannot give. Ports are the file's own variables.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '@millrace/stack';
import { parse, stringify } from 'yaml';
import { ensureBaseImage } from './base-image.ts';
import { buildImage, repository } from './build-image.ts';
import { openFilesLimit } from './container-limits.ts';
import { startPodmanService } from './podman-service.ts';
import { attempt, type Ran } from './run.ts';
import { ensureServerImage } from './servers/index.ts';

/** `none`: its program cannot be had here, and a container that only waits stands in its place. */
export type Origin = 'official' | 'ours' | 'none';

interface Service {
  readonly image: string;
  readonly build?: string;
  readonly ulimits?: { readonly nofile: { readonly hard: number } };
}

const portNames = [
  ...(['KAFKA', 'REGISTRY', 'POSTGRES', 'CLICKHOUSE'] as const),
  ...(['INGEST', 'QUALITY', 'PROMETHEUS', 'GRAFANA'] as const),
];
type PortName = (typeof portNames)[number];

export interface ComposeProject {
  /** Published on 127.0.0.1. */
  readonly ports: Readonly<Record<PortName, number>>;
  /** For commands of millrace on this machine: the lines at the top of the file, at these ports. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** Where the image of each server is from. */
  readonly origins: Readonly<Record<string, Origin>>;
  /** `docker compose`. Never rejects for what it says. */
  compose(...args: readonly string[]): Promise<Ran>;
  /** Removes everything, volumes too. */
  close(): Promise<void>;
}

const file = join(repository, 'docker-compose.yml');
const image = 'localhost/millrace:test';

/** @param name of the project, which all its containers, volumes and networks begin with */
export const openComposeProject = async (name: string): Promise<ComposeProject> => {
  const base = await ensureBaseImage();
  await buildImage({ tag: image });
  const { override, origins } = await differences(base);
  const directory = await mkdtemp(join(tmpdir(), 'millrace-compose-'));
  const changed = join(directory, 'override.yml');
  await writeFile(changed, override);
  const podman = await startPodmanService(name);
  const free = await freePorts(portNames.length);
  const ports = Object.fromEntries(
    portNames.map((port, index) => [port, free[index]]),
  ) as unknown as ComposeProject['ports'];
  const variables = portNames.map((port) => [`MILLRACE_${port}_PORT`, String(ports[port])]);
  const env = { ...process.env, DOCKER_HOST: podman.host, ...Object.fromEntries(variables) };
  const compose = (...args: readonly string[]) =>
    attempt(
      'docker',
      ['compose', '--project-name', name, '--file', file, '--file', changed, ...args],
      { cwd: repository, env },
    );
  return {
    ...{ ports, origins, compose },
    endpoints: {
      MILLRACE_KAFKA_BROKERS: `127.0.0.1:${ports.KAFKA}`,
      MILLRACE_REGISTRY_URL: `http://127.0.0.1:${ports.REGISTRY}/apis/ccompat/v7`,
      MILLRACE_POSTGRES_URL: `postgres://postgres@127.0.0.1:${ports.POSTGRES}/postgres`,
      MILLRACE_CLICKHOUSE_URL: `http://millrace:millrace@127.0.0.1:${ports.CLICKHOUSE}/millrace`,
    },
    close: async () => {
      await compose('--profile', '*', 'down', '--volumes');
      await podman.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
};

interface Differences {
  readonly override: string;
  readonly origins: Readonly<Record<string, Origin>>;
}

const differences = async (base: string): Promise<Differences> => {
  const { services } = parse(await readFile(file, 'utf8'), { merge: true }) as {
    services: Readonly<Record<string, Service>>;
  };
  const changed: Record<string, object> = {};
  const origins: Record<string, Origin> = {};
  const waiting = {
    entrypoint: ['sh', '-c', 'trap "exit 0" TERM; sleep infinity & wait'],
    healthcheck: { test: ['CMD', 'true'] },
  };
  for (const [name, service] of Object.entries(services)) {
    if (service.build !== undefined) {
      changed[name] = { image, build: 'reset' };
      continue;
    }
    const { found, origin } = await ensureServerImage(name, service.image);
    origins[name] = origin;
    const tooMany = (service.ulimits?.nofile.hard ?? 0) > openFilesLimit();
    changed[name] = {
      ...(found === undefined ? { image: base, ...waiting } : { image: found }),
      ...(tooMany ? { ulimits: 'reset' } : {}),
    };
  }
  const text = stringify({ services: changed }, { aliasDuplicateObjects: false });
  return { override: text.replaceAll(/: reset$/gm, ': !reset null'), origins };
};
