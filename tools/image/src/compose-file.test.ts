/** docker-compose.yml, as far as it can be judged without an engine; tests/deploy/compose.test.ts runs it. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

interface Service {
  readonly image: string;
  readonly profiles?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<
    Record<string, { readonly condition: string; readonly required?: boolean }>
  >;
  readonly healthcheck?: { readonly disable?: boolean; readonly test?: readonly string[] };
  readonly restart?: string;
  readonly read_only?: boolean;
  readonly tmpfs?: readonly string[];
  readonly cap_drop?: readonly string[];
}
const root = new URL('../../../', import.meta.url);
const text = (path: string) => readFileSync(new URL(path, root), 'utf8');
const { services, volumes } = parse(text('docker-compose.yml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
};
const of = (profile: string | undefined) =>
  Object.keys(services).filter((name) => {
    const profiles = services[name]?.profiles;
    return profiles === undefined || (profile !== undefined && profiles.includes(profile));
  });
const servers = ['kafka', 'registry', 'postgres', 'clickhouse'];
const millrace = ['contracts', 'ingest', 'cdc', 'stream-transform', 'sink', 'quality'];

test('without a profile there are the servers; core adds the services, demo all that it needs', () => {
  expect(of(undefined)).toEqual(servers);
  expect(of('core')).toEqual([...servers, ...millrace]);
  expect(of('observability')).toEqual([...servers, 'prometheus', 'grafana']);
  expect(of('demo')).toEqual([...servers, ...millrace, 'demo-table', 'demo']);
});

test('every image is pinned, ours to the version of this repository', () => {
  const { version } = JSON.parse(text('package.json')) as { version: string };
  for (const [name, { image }] of Object.entries(services)) {
    expect(image, name).toMatch(/:(v?\d+[\d.]*|\$\{MILLRACE_VERSION:-[\d.]+\})$/);
    if (image.includes('millrace')) expect(image).toContain(`:-${version}}`);
  }
});

test('nobody waits for what is not started with it, and each of them says when it is healthy', () => {
  for (const profile of ['core', 'observability', 'demo']) {
    const started = of(profile);
    for (const name of started)
      for (const [other, { condition, required }] of Object.entries(
        services[name]?.depends_on ?? {},
      )) {
        if (required !== false) expect(started, `${name} needs ${other}`).toContain(other);
        const check = services[other]?.healthcheck;
        if (condition === 'service_healthy') expect(check?.disable ?? false).toBe(false);
        else expect(services[other]?.command, other).toHaveLength(2);
      }
  }
  for (const name of millrace.slice(1))
    expect(services[name]?.depends_on?.['contracts']?.condition).toBe(
      'service_completed_successfully',
    );
});

test('ports are published on this machine alone, and our containers may do little', () => {
  for (const { ports } of Object.values(services))
    for (const port of ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
  for (const name of [...millrace, 'demo-table', 'demo'])
    expect(services[name], name).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
});

test('every variable of ours is a declared setting', () => {
  const declared = new Set(
    [text('docs/reference/config.md'), text('packages/cli/src/demo/command.ts')].flatMap(
      (page) => page.match(/MILLRACE_[A-Z_]+/g) ?? [],
    ),
  );
  for (const { image, environment } of Object.values(services)) {
    if (!image.includes('millrace/millrace')) continue;
    for (const name of Object.keys(environment ?? {})) expect(declared).toContain(name);
  }
});

test('servers come back with the services, and ClickHouse is not healthy while it makes its database, on 127.0.0.1 alone', () => {
  for (const name of [...servers, 'prometheus', 'grafana'])
    expect(services[name], name).toMatchObject({
      restart: 'unless-stopped',
      stop_grace_period: '60s',
    });
  expect(services['clickhouse']?.healthcheck?.test?.join(' ')).toContain('http://clickhouse:8123/');
});

test('/data of ours is a volume with a name or goes with the container: nothing nameless stays behind', () => {
  for (const name of [...millrace, 'demo-table', 'demo']) {
    const kept = services[name]?.volumes?.some((mount) => mount.endsWith(':/data')) ?? false;
    expect(services[name]?.tmpfs, name).toEqual(kept ? ['/tmp'] : ['/tmp', '/data']);
  }
});

test('what is mounted is there: files of this repository, volumes of this file', () => {
  for (const { volumes: mounts } of Object.values(services))
    for (const mount of mounts ?? []) {
      const [from = ''] = mount.replace(/^\$\{MILLRACE_PROJECT_DIR:-\.\}/, '.').split(':');
      if (!from.startsWith('.')) expect(Object.keys(volumes)).toContain(from);
      else expect(existsSync(new URL(from, root)), from).toBe(true);
    }
});

test('Prometheus asks every service by its name and admin port', () => {
  const { scrape_configs: jobs } = parse(text('packages/stack/observability/prometheus.yml')) as {
    scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
  };
  const asked = jobs.flatMap((job) => job.static_configs.flatMap(({ targets }) => targets));
  expect(asked).toEqual(expect.arrayContaining(millrace.slice(1).map((name) => `${name}:9464`)));
  for (const job of jobs.slice(0, -1)) expect(job.job_name).toMatch(/^millrace-/);
  const opened = /<port>(\d+)</.exec(text('packages/stack/clickhouse/container-config.xml'))?.[1];
  expect(asked).toContain(`clickhouse:${opened}`);
  expect(text('Dockerfile').match(/_ADMIN_PORT=9464/g)).toHaveLength(5);
});
