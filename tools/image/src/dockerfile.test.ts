/** The Dockerfile and .dockerignore, as far as they can be judged without a build; tests/deploy/image.test.ts builds. */
import { readFileSync } from 'node:fs';
import dockerignore from '@balena/dockerignore';
import { expect, test } from 'vitest';

const text = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
/** Instructions with their continued lines, comments left out. */
const instructions = text('Dockerfile')
  .replace(/^#.*\n/gm, '')
  .replace(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '');
const lastStage = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM')));
const lastOf = (name: string) => lastStage.filter((line) => line.startsWith(`${name} `)).at(-1);
const { version, dependencies } = JSON.parse(text('package.json')) as {
  readonly version: string;
  readonly dependencies: { readonly node: string };
};

test('the base image is pinned to the version of Node that package.json pins, in every stage', () => {
  expect(instructions).toContain(
    `ARG NODE_IMAGE=docker.io/library/node:${dependencies.node}-bookworm-slim`,
  );
  const bases = instructions.filter((line) => line.startsWith('FROM '));
  for (const base of bases) expect(base).toMatch(/\$\{NODE_IMAGE\}|FROM manifests AS/);
  expect(lastOf('LABEL')).toContain(`node:${dependencies.node}-bookworm-slim`);
  expect(lastOf('ARG')).toBeDefined();
  expect(lastStage).toContain(`ARG VERSION=${version}`);
});

test('the last stage runs nothing, so an image for another processor needs no emulation', () => {
  expect(lastStage.filter((line) => /^(RUN|ADD)\b/.test(line))).toEqual([]);
  // all but the last are built on the builder's own processor
  const others = instructions.filter((line) => /^FROM \$/.test(line));
  expect(others).toEqual([lastStage[0]]);
});

test('the image runs as a number that is not root, with a health check and the arguments of millrace', () => {
  expect(lastOf('USER')).toBe('USER 10001:10001');
  expect(lastOf('STOPSIGNAL')).toBe('STOPSIGNAL SIGTERM');
  expect(lastOf('HEALTHCHECK')).toContain('health-check.ts", "livez"]');
  expect(lastOf('ENTRYPOINT')).toBe('ENTRYPOINT ["tini", "--", "millrace"]');
  expect(instructions.join('\n')).not.toMatch(/curl |wget |sudo |:latest|ADD https?:/);
});

test('no build depends on one revision of a package of Debian, which its archive keeps only until the next one', () => {
  expect(instructions).toContain('ARG TINI_VERSION=');
  expect(instructions.join('\n')).not.toMatch(/apt-get [^&]*=[0-9]/);
});

test('every service that there is has its admin port set', () => {
  const names = ['INGEST', 'CDC', 'STREAM_TRANSFORM', 'SINK', 'QUALITY'];
  for (const name of names) expect(lastOf('ENV')).toContain(`MILLRACE_${name}_ADMIN_PORT=9464`);
});

// its types describe another export than the one it has
const filter = (dockerignore as unknown as typeof dockerignore.default)().add(
  text('.dockerignore'),
);

test.each([
  ...[
    '.env',
    '.npmrc',
    '.git/config',
    'secrets.yaml',
    'packages/cli/.env.local',
    'services/sink/tls.key',
  ],
  ...['services/sink/src/ca.pem', 'node_modules/pg/index.js', 'packages/cli/node_modules/a/b.js'],
  ...['packages/console/dist/index.html', 'charts/millrace/values.yaml', 'docs/howto/console.md'],
  ...['packages/kafka/src/a.test.ts', 'services/cdc/README.md', 'tests/deploy/image.test.ts'],
])('%s does not get into a build', (path) => {
  expect(filter.ignores(path)).toBe(true);
});

test.each([
  ...['package-lock.json', 'LICENSE', 'packages/cli/bin/millrace.mjs', 'services/sink/src/main.ts'],
  ...['services/ingest/page/index.html', 'packages/runtime/node-flags.json', 'tests/package.json'],
  ...['docs/runbooks/ServiceDown.md', 'tools/image/src/main.ts'],
])('%s does', (path) => {
  expect(filter.ignores(path)).toBe(false);
});
