/** The script itself, typed as docs/operations/releasing.md says, in a clone that has a remote: what it makes, and what it leaves behind. It publishes nothing. */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync, verify } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findProgram } from '@millrace/chart';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startArtifactRegistry } from './artifact-registry.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = [
  ...['*package.json', 'package-lock.json', 'CHANGELOG.md', 'Dockerfile', 'docker-compose.yml'],
  ...['LICENSE', 'tsconfig.json', '.gitignore', 'docs/howto', 'charts', 'packages/client'],
  ...['tools/release', 'tools/image'],
];
const folder = mkdtempSync(join(tmpdir(), 'millrace-release-test-'));
const clone = join(folder, 'clone');
const out = join(clone, 'dist/release');
const who = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org'];
const env = {
  ...process.env,
  ...Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((role) => [
      [`GIT_${role}_NAME`, 'Test'],
      [`GIT_${role}_EMAIL`, 'test@example.org'],
    ]),
  ),
};
const git = (...args: readonly string[]): string =>
  execFileSync('git', [...who, ...args], { cwd: clone, encoding: 'utf8', stdio: 'pipe' }).trim();
const release = (...args: readonly string[]) =>
  spawnSync(process.execPath, ['tools/release/src/main.ts', ...args], {
    cwd: clone,
    env,
    encoding: 'utf8',
  });
const page = readFileSync(join(root, 'docs/operations/releasing.md'), 'utf8');
const lines = /^```sh\n(npm run release [\s\S]*?)^```/m.exec(page)?.[1]?.split('\n') ?? [];
/** The words of a line of the page, for another version than its 0.2.0. */
const said = (line: number, version: string): readonly string[] =>
  (lines[line] ?? '').replace(/#.*/, '').replaceAll('0.2.0', version).trim().split(/\s+/);
/** The words of the line of the page that begins so, for 99.1.0 instead of its 0.2.0. */
const wordsOf = (beginning: string): readonly string[] =>
  (page.split('\n').find((line) => line.startsWith(beginning)) ?? '')
    .replace(/ #.*/, '')
    .replaceAll('0.2.0', '99.1.0')
    .trim()
    .split(' ');
/** Behind `npm run release --`. */
const argumentsOf = (line: number, version: string) => said(line, version).slice(4);
const made = (name: string): string => readFileSync(join(out, name), 'utf8');
const inTar = (archive: string, path: string): string =>
  execFileSync('tar', ['-xzOf', join(out, archive), path], { encoding: 'utf8' });
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const key = join(folder, 'release.key');
const of = (path: string): { version: string; packages: Record<string, { version: string }> } =>
  JSON.parse(readFileSync(join(clone, path), 'utf8'));

beforeAll(() => {
  // What the script reads of the tree, as it is, with one more line to release.
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...read];
  const paths = execFileSync('git', list, { cwd: root, encoding: 'utf8' }).split('\0');
  for (const path of paths.filter((name) => name !== ''))
    cpSync(join(root, path), join(clone, path));
  const changelog = readFileSync(join(clone, 'CHANGELOG.md'), 'utf8');
  const line = '## [Unreleased]\n\n### Added\n\n* A line of the test.\n';
  writeFileSync(join(clone, 'CHANGELOG.md'), changelog.replace('## [Unreleased]\n', line));
  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'));
  execFileSync('git', ['init', '--quiet', '--bare', join(folder, 'remote.git')]);
  git('init', '--quiet', '--initial-branch', 'main');
  writeFileSync(join(clone, '.git/info/exclude'), 'node_modules\n');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'What is there');
  git('remote', 'add', 'origin', join(folder, 'remote.git'));
  git('push', '--quiet', 'origin', 'main');
  writeFileSync(key, privateKey.export({ type: 'pkcs8', format: 'pem' }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a dry run makes the files of the new version and changes nothing', () => {
  const before = git('rev-parse', 'HEAD');
  const { stdout, stderr, status } = release(...argumentsOf(0, '99.0.0'));
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  expect(stdout).toContain('would set 99.0.0');
  expect(JSON.parse(inTar('millrace-client-99.0.0.tgz', 'package/package.json'))).toMatchObject({
    version: '99.0.0',
  });
  const chart = inTar('millrace-99.0.0.tgz', 'millrace/Chart.yaml');
  expect(chart.match(/^(version|appVersion): 99\.0\.0$/gm)).toHaveLength(2);
  expect(JSON.parse(made('millrace-99.0.0.cdx.json'))).toMatchObject({
    metadata: { component: { version: '99.0.0' } },
  });
  expect([git('status', '--porcelain'), git('tag'), git('rev-parse', 'HEAD')]).toEqual([
    '',
    '',
    before,
  ]);
});

test('a release whose client cannot be used changes nothing', () => {
  const before = git('rev-parse', 'HEAD');
  writeFileSync(join(clone, 'packages/client/src/index.ts'), 'export const createClient = 1;\n');
  git('commit', '--quiet', '--all', '--message', 'A client that is none');
  const broken = git('rev-parse', 'HEAD');
  const { stderr, status } = release('--version', '99.1.0', '--tested');
  expect(stderr).toContain('the packed client cannot be used');
  expect([status, git('rev-parse', 'HEAD'), git('status', '--porcelain'), git('tag')]).toEqual([
    ...[2, broken, '', ''],
  ]);
  git('reset', '--quiet', '--hard', before);
});

test('a release sets the version, commits, tags, and makes files whose sums are signed; the same once more is refused', () => {
  const before = git('rev-parse', 'HEAD');
  const { stdout, stderr, status } = release(...argumentsOf(1, '99.1.0'), '--key', key);
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });

  expect(git('log', '--format=%s', `${before}..`)).toBe('Release 99.1.0');
  expect(git('status', '--porcelain')).toBe('');
  expect(git('for-each-ref', '--format=%(contents)', 'refs/tags/v99.1.0')).toContain(
    '* A line of the test.',
  );
  const lock = of('package-lock.json');
  expect([of('package.json').version, lock.version]).toEqual(['99.1.0', '99.1.0']);
  expect(lock.packages['services/sink']?.version).toBe('99.1.0');
  // Nothing but the version: packages of other platforms are all there.
  const differing = git('diff', before, '--', 'package-lock.json').match(/^[+-] .*$/gm) ?? [];
  expect(differing.filter((line) => !/"(version|@millrace\/[a-z-]+)": "/.test(line))).toEqual([]);
  expect(readFileSync(join(clone, 'Dockerfile'), 'utf8')).toContain('ARG VERSION=99.1.0\n');

  const revision = git('rev-parse', 'HEAD');
  const [image] = /ghcr\S+/.exec(wordsOf('docker push').join(' ')) ?? [];
  expect(stdout).toContain(`--tag ${image} `);
  expect(stdout).toContain(`--build-arg VERSION=99.1.0 --build-arg REVISION=${revision}`);
  expect(JSON.parse(made('provenance.intoto.json'))).toMatchObject({
    subject: [
      { name: 'millrace-client-99.1.0.tgz' },
      { name: 'millrace-99.1.0.tgz' },
      { name: 'millrace-99.1.0.cdx.json' },
    ],
    predicate: {
      buildDefinition: { resolvedDependencies: [{ digest: { gitCommit: revision } }] },
    },
  });
  execFileSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: out, stdio: 'pipe' });
  expect(made('SHA256SUMS').trim().split('\n')).toHaveLength(5);
  const sums = Buffer.from(made('SHA256SUMS'));
  const signed = readFileSync(join(out, 'SHA256SUMS.sig'));
  expect(verify(null, sums, publicKey, signed)).toBe(true);
  sums[0] = (sums[0] ?? 0) ^ 1;
  expect(verify(null, sums, publicKey, signed)).toBe(false);

  git(...said(2, '99.1.0').slice(1));
  expect(git('ls-remote', 'origin', 'refs/tags/v99.1.0^{}')).toContain(revision);

  expect(release('--version', '99.1.0', '--tested').stderr).toContain('v99.1.0 is there already');
  expect(release('--version', '99.2.0', '--tested').stderr).toContain('nothing to release');
  expect(git('rev-parse', 'HEAD')).toBe(revision);
});

test.skipIf(findProgram('helm') === undefined)(
  'the chart of the release is pushed as the page says, and is what was made',
  async () => {
    const registry = await startArtifactRegistry();
    const [, ...words] = wordsOf('helm push');
    const place = words.map((word) => word.replace('ghcr.io', registry.address));
    await promisify(execFile)(findProgram('helm') ?? '', [...place, '--plain-http'], {
      cwd: clone,
    });
    await registry.close();
    expect([...registry.pushed.keys()]).toContain('millrace/charts/millrace:99.1.0');
    const chart = readFileSync(join(out, 'millrace-99.1.0.tgz'));
    expect([...registry.blobs.values()].some((blob) => blob.equals(chart))).toBe(true);
  },
);
