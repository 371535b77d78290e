/**
 * docker-compose.yml as it is written, by `docker compose` on podman: its order, health checks, network, published ports, volumes, and what our
 * containers may do. The servers are real ones, in containers: of the official images where they can be pulled, else of ours, which are laid
 * out as the official ones (engine/servers).
 */
import { request } from 'node:http';
import { createClickHouse } from '@millrace/clickhouse';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repository } from './engine/build-image.ts';
import { type ComposeProject, openComposeProject } from './engine/compose-project.ts';
import { missingForCompose } from './engine/requirements.ts';
import { attempt, run } from './engine/run.ts';
import { toldSkip } from './engine/told-skip.ts';

const isSkipped = toldSkip('docker-compose.yml', await missingForCompose());

const name = `millrace-test-${process.pid}`;
const servers = ['kafka', 'registry', 'postgres', 'clickhouse'];
const services = ['ingest', 'cdc', 'stream-transform', 'sink', 'quality'];
const once = ['contracts', 'demo-table'];

interface Container {
  readonly Name: string;
  readonly State: { readonly ExitCode: number; readonly FinishedAt: string };
  readonly Mounts: readonly { readonly Type: string; readonly Name?: string }[];
}

/** The project's containers by their services. */
const containers = async (): Promise<ReadonlyMap<string, Container>> => {
  const ids = await run('podman', ['ps', '--all', '--quiet', '--filter', `name=^${name}`]);
  const inspected = await run('podman', ['inspect', ...ids.split('\n')]);
  const found = JSON.parse(inspected) as Container[];
  return new Map(found.map((one) => [one.Name.slice(name.length + 1).replace(/-1$/, ''), one]));
};

const statusOf = (port: number): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path: '/' }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.once('error', reject).end();
  });

describe.skipIf(isSkipped)('docker-compose.yml', () => {
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
    let project: ComposeProject;
    beforeAll(async () => {
      project = await openComposeProject(name);
      const origins = Object.entries(project.origins).map(
        ([server, origin]) => `${server} ${origin}`,
      );
      process.stdout.write(`images of the servers: ${origins.join(', ')}\n`);
    });
    afterAll(() => project?.close());

    const compose = (...args: readonly string[]) => project.compose('--profile', '*', ...args);
    const up = async () => {
      const started = await compose('up', '--detach', '--wait', '--no-build', '--pull', 'never');
      const said = started.code === 0 ? '' : (await compose('logs', '--no-color')).stdout;
      expect(started, `${started.stderr}${said}`).toMatchObject({ code: 0 });
    };
    const count = async (table: string): Promise<number> => {
      const url = project.endpoints['MILLRACE_CLICKHOUSE_URL'] ?? '';
      const clickhouse = createClickHouse({ url });
      try {
        const counted = `SELECT count() AS rows FROM ${table}`;
        return Number((await clickhouse.query<{ rows: string }>(counted))[0]?.rows);
      } finally {
        await clickhouse.close();
      }
    };
    /** Every record of every topic is in its table once, and the dimension is its source: by offsets and row by row. */
    const verify = async () => {
      const verified = await compose('exec', 'sink', 'millrace', 'verify');
      expect(verified, `${verified.stdout}${verified.stderr}`).toMatchObject({ code: 0 });
      return verified.stdout;
    };

    test('everything starts, and is reached through the ports that are published on this machine', async () => {
      await up();
      const stack = await attempt('npx', ['millrace', 'stack', 'up', '--backend', 'external'], {
        cwd: repository,
        env: { ...process.env, ...project.endpoints },
      });
      expect(stack, stack.stderr).toMatchObject({ code: 0 });
      const { INGEST, QUALITY } = project.ports;
      expect(await Promise.all([INGEST, QUALITY].map(statusOf))).toEqual([200, 200]);
      await expect.poll(() => count('flights_departed'), { interval: 500 }).toBeGreaterThan(100);
      await expect.poll(() => count('airports'), { interval: 500 }).toBeGreaterThan(3_000);
    });

    test('what the page types inside of containers', async () => {
      const status = await compose('exec', 'quality', 'millrace', 'status');
      expect(status.stdout, status.stderr).toContain('flights.departed');
      const plan = await compose('run', '--rm', '--no-deps', 'contracts', 'contracts', 'plan');
      expect(plan, plan.stderr).toMatchObject({ code: 0 });
      expect(plan.stdout).toContain('Nothing to do');
    });

    test('Prometheus has every service up, and the rules', async ({ skip }) => {
      if (project.origins['prometheus'] === 'none') skip('there is no Prometheus here');
      const api = `http://127.0.0.1:${project.ports.PROMETHEUS}/api/v1`;
      const ask = async (path: string) => (await (await fetch(`${api}/${path}`)).json()).data;
      // npm's library of ClickHouse opens no port for its metrics.
      const without = project.origins['clickhouse'] === 'official' ? [] : ['clickhouse'];
      const down = async () => {
        const { activeTargets } = (await ask('targets')) as {
          activeTargets: { labels: { job: string }; health: string }[];
        };
        expect(activeTargets).toHaveLength(services.length + 1);
        return activeTargets.filter((one) => one.health !== 'up').map(({ labels }) => labels.job);
      };
      await expect.poll(down, { interval: 500 }).toEqual(without);
      const { groups } = (await ask('rules')) as { groups: { rules: { health: string }[] }[] };
      expect(groups.length).toBeGreaterThan(3);
      const unwell = () =>
        groups.flatMap(({ rules }) => rules).filter((rule) => rule.health === 'err');
      expect(unwell()).toEqual([]);
    });

    test('what is kept lies in volumes with names, and is there again after down and up, every record once', async () => {
      for (const [service, { Mounts }] of await containers())
        for (const mount of Mounts)
          if (mount.Type === 'volume') expect(mount.Name, service).toMatch(`${name}_`);
      const before = {
        flights: await count('flights_departed'),
        airports: await count('airports'),
      };
      expect(await compose('down')).toMatchObject({ code: 0 });
      await up();
      expect(await count('flights_departed')).toBeGreaterThanOrEqual(before.flights);
      expect(await count('airports')).toBeGreaterThan(3_000);
      await expect
        .poll(() => count('flights_departed'), { interval: 500 })
        .toBeGreaterThan(before.flights + 100);
      expect(await verify()).toContain('every record landed once');
    });

    test('all ends in order: the example, the services with 0, then the servers, none of them killed', async () => {
      expect(await compose('stop')).toMatchObject({ code: 0 });
      const ended = await containers();
      const stateOf = (service: string) => ended.get(service)!.State;
      for (const service of ['demo', ...services, ...once])
        expect(stateOf(service).ExitCode, service).toBe(0);
      for (const server of [...servers, 'prometheus'])
        expect(stateOf(server).ExitCode, server).not.toBe(137);
      const times = (of: readonly string[]) =>
        of.map((service) => Date.parse(stateOf(service).FinishedAt));
      expect(Math.max(...times(services))).toBeLessThanOrEqual(Math.min(...times(servers)));
    });
  });
});
