/**
 * docker-compose.yml by `docker compose` on podman: order, health, mounts and what our containers may do are those of the file. The four
 * servers are the embedded stack's, on this machine, since their images cannot be had everywhere; in their places stand containers that only wait.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClickHouse } from '@millrace/clickhouse';
import { freePorts, type RunningStack, startStack } from '@millrace/stack';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { ensureBaseImage } from './engine/base-image.ts';
import { buildImage, repository } from './engine/build-image.ts';
import { type PodmanService, startPodmanService } from './engine/podman-service.ts';
import { missingForCompose } from './engine/requirements.ts';
import { attempt, run } from './engine/run.ts';

const missing = await missingForCompose();
if (missing !== undefined) process.stdout.write(`skipped, docker-compose.yml: ${missing}\n`);

const name = `millrace-test-${process.pid}`;
const image = 'localhost/millrace:test';
const servers = ['kafka', 'registry', 'postgres', 'clickhouse'];
const services = ['ingest', 'cdc', 'stream-transform', 'sink', 'quality'];
const once = ['contracts', 'demo-table'];

/** What differs here from the file, as a second file: where the servers are, and ports that nobody else has. */
const overrides = async (stack: RunningStack, base: string): Promise<string> => {
  const ports = await freePorts(2 * services.length);
  const { kafkaBrokers, registryUrl, postgresUrl, clickhouseUrl } = stack.endpoints;
  const environment: Record<string, string> = {
    MILLRACE_KAFKA_BROKERS: kafkaBrokers,
    MILLRACE_REGISTRY_URL: registryUrl,
    MILLRACE_POSTGRES_URL: postgresUrl,
    MILLRACE_CLICKHOUSE_URL: clickhouseUrl,
  };
  for (const [index, service] of services.entries()) {
    const prefix = `MILLRACE_${service.toUpperCase().replaceAll('-', '_')}`;
    environment[`${prefix}_PORT`] = String(ports[2 * index]);
    environment[`${prefix}_ADMIN_PORT`] = String(ports[2 * index + 1]);
  }
  environment['MILLRACE_INGEST_URL'] = `http://127.0.0.1:${environment['MILLRACE_INGEST_PORT']}`;
  const waiting = {
    ...{ image: base, entrypoint: ['sleep', 'infinity'], command: 'reset', ports: 'reset' },
    ...{ volumes: 'reset', ulimits: 'reset', healthcheck: { test: ['CMD', 'true'] } },
  };
  const ours = { image, build: 'reset', network_mode: 'host', ports: 'reset', environment };
  const all = {
    ...Object.fromEntries(servers.map((server) => [server, waiting])),
    ...Object.fromEntries([...services, ...once, 'demo'].map((service) => [service, ours])),
  };
  return stringify({ services: all }, { aliasDuplicateObjects: false }).replaceAll(
    /: reset$/gm,
    ': !reset null',
  );
};

describe.skipIf(missing !== undefined)('docker-compose.yml', () => {
  test.for(['', 'core', 'observability', 'demo', '*'])(
    'profile "%s" is one that docker compose takes',
    async (profile) => {
      const args = ['compose', '--profile', profile, 'config', '--quiet'];
      expect(await attempt('docker', args, { cwd: repository })).toMatchObject({
        code: 0,
        stderr: '',
      });
    },
  );

  describe('started', () => {
    let stack: RunningStack;
    let podman: PodmanService;
    let directory: string;
    const compose = (...args: readonly string[]) =>
      attempt(
        'docker',
        [
          ...['compose', '--project-name', name, '--profile', 'demo'],
          ...['--file', join(repository, 'docker-compose.yml')],
          ...['--file', join(directory, 'override.yml'), ...args],
        ],
        { cwd: repository, env: { ...process.env, DOCKER_HOST: podman.host } },
      );

    beforeAll(async () => {
      const base = await ensureBaseImage();
      await buildImage({ tag: image });
      [stack, podman] = await Promise.all([
        startStack({ backend: 'embedded' }),
        startPodmanService(name),
      ]);
      directory = await mkdtemp(join(tmpdir(), 'millrace-compose-'));
      await writeFile(join(directory, 'override.yml'), await overrides(stack, base));
    });
    afterAll(async () => {
      await compose('down', '--volumes', '--timeout', '40');
      await podman.close();
      await stack.stop();
      await rm(directory, { recursive: true, force: true });
    });

    test('everything starts in order, the example’s flights and airports can be queried, and all ends in order', async () => {
      const up = await compose('up', '--detach', '--wait', '--no-build', '--pull', 'never');
      const said = up.code === 0 ? '' : (await compose('logs', '--no-color')).stdout;
      expect(up, `${up.stderr}${said}`).toMatchObject({ code: 0 });
      const clickhouse = createClickHouse({ url: stack.endpoints.clickhouseUrl });
      const count = async (table: string) =>
        Number(
          (await clickhouse.query<{ rows: string }>(`SELECT count() AS rows FROM ${table}`))[0]
            ?.rows,
        );
      await expect.poll(() => count('flights_departed'), { interval: 500 }).toBeGreaterThan(100);
      await expect.poll(() => count('airports'), { interval: 500 }).toBeGreaterThan(3_000);
      await clickhouse.close();
      await compose('stop', '--timeout', '40');
      const listed = await run('podman', [
        ...['ps', '--all', '--filter', `name=^${name}`],
        ...['--format', '{{.Names}} {{.ExitCode}}'],
      ]);
      const codes = new Map(listed.split('\n').map((line) => line.split(' ') as [string, string]));
      for (const service of [...services, ...once])
        expect(codes.get(`${name}-${service}-1`), listed).toBe('0');
    });
  });
});
