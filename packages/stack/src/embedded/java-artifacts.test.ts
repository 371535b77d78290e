/** A shell script in Maven's place: what is tested is what we make of its output, whole, broken or missing. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { firstMismatch, isIntact } from './artifact-cache.ts';
import { javaArtifacts } from './java-artifacts.ts';

// The tests start processes, and a busy machine starts them slowly.
vi.setConfig({ testTimeout: 60_000 });

let folder: string;
let cache: string;
let sums: string;
const quiet = () => undefined;

/** Downloads the right files, unless its own repository is the user's and `broken-repository` exists. */
const maven = (origin: string) => `#!/bin/sh
echo run >> ${origin}/runs
[ -f ${origin}/fails ] && cat ${origin}/fails && exit 1
mkdir -p target/kafka
cp ${origin}/kafka.jar target/kafka/kafka.jar
cp ${origin}/registry.tar.gz target/registry.tar.gz
case "$*" in
  *maven.repo.local*) [ -f ${origin}/broken-mirror ] && echo x >> target/kafka/kafka.jar ;;
  *) [ -f ${origin}/broken-repository ] && echo x >> target/kafka/kafka.jar ;;
esac
echo "[INFO] Downloaded from central: https://example.org/org/kafka.jar (10 MB at 9.1 MB/s)"
exit 0
`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'java-artifacts-test-'));
  cache = join(folder, 'cache');
  const registry = join(folder, 'registry');
  for (const directory of [cache, registry, join(folder, 'bin')]) mkdirSync(directory);
  writeFileSync(join(folder, 'kafka.jar'), 'kafka');
  writeFileSync(join(registry, 'app-runner.jar'), 'registry');
  execFileSync('tar', ['-czf', join(folder, 'registry.tar.gz'), '-C', registry, '.']);
  writeFileSync(join(folder, 'bin', 'mvn'), maven(folder));
  chmodSync(join(folder, 'bin', 'mvn'), 0o755);
  const sum = (file: string) =>
    createHash('sha256')
      .update(readFileSync(join(folder, file)))
      .digest('hex');
  sums = `${sum('kafka.jar')}  kafka/kafka.jar\n${sum('registry.tar.gz')}  registry.tar.gz\n`;
  vi.stubEnv('PATH', `${join(folder, 'bin')}:${process.env['PATH']}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const runs = () => readFileSync(join(folder, 'runs'), 'utf8').trim().split('\n').length;
const get = () => javaArtifacts(cache, quiet, sums);

test('the first start downloads with progress, the second takes what is there', async () => {
  const progress: string[] = [];
  const artifacts = await javaArtifacts(cache, (detail) => progress.push(detail), sums);
  expect(progress).toEqual(['kafka.jar (10 MB; file 1)']);
  expect(readFileSync(artifacts.registryJar, 'utf8')).toBe('registry');
  expect(await get()).toEqual(artifacts);
  expect(runs()).toBe(1);
});

test('two first starts at once download once, and the second says that it waits', async () => {
  const waits: string[] = [];
  const second = javaArtifacts(cache, (detail) => waits.push(detail), sums);
  expect(await get()).toEqual(await second);
  expect(runs()).toBe(1);
});

test.each<[string, (jar: string) => void]>([
  ['cut', (jar) => truncateSync(jar, 2)],
  ['changed', (jar) => writeFileSync(jar, 'Kafka')],
  ['removed', (jar) => rmSync(jar)],
  ['touched', (jar) => utimesSync(jar, 1, 1)],
])('a cached file that was %s is fetched again', async (_, damage) => {
  const { kafkaClassPath } = await get();
  damage(kafkaClassPath);
  await get();
  expect(readFileSync(kafkaClassPath, 'utf8')).toBe('kafka');
  expect(runs()).toBe(2);
});

test('what a killed download left behind is not taken for a whole one', async () => {
  const entry = join(cache, `java-${createHash('sha256').update(sums).digest('hex').slice(0, 12)}`);
  mkdirSync(join(`${entry}.partial`, 'target', 'kafka'), { recursive: true });
  mkdirSync(join(entry, 'kafka'), { recursive: true });
  expect(isIntact(entry)).toBe(false);
  await get();
  expect(isIntact(entry)).toBe(true);
  expect(existsSync(`${entry}.partial`)).toBe(false);
});

test('a broken file in the user’s own Maven repository is fetched past it', async () => {
  writeFileSync(join(folder, 'broken-repository'), '');
  const { kafkaClassPath } = await get();
  expect(readFileSync(kafkaClassPath, 'utf8')).toBe('kafka');
  expect(runs()).toBe(2);
});

test('a file that comes broken twice is one sentence that names it', async () => {
  writeFileSync(join(folder, 'broken-repository'), '');
  writeFileSync(join(folder, 'broken-mirror'), '');
  await expect(get()).rejects.toMatchObject({
    code: 'stack.download-broken',
    message: expect.stringMatching(/^kafka\/kafka\.jar came with other content than the pinned/),
  });
});

test('a download that fails is one sentence with Maven’s reason', async () => {
  writeFileSync(
    join(folder, 'fails'),
    '[INFO] trying\n[ERROR] Unknown host example.org -> [Help 1]',
  );
  await expect(get()).rejects.toMatchObject({
    code: 'stack.download-failed',
    message: expect.stringMatching(
      /^Maven could not download .*: Unknown host example.org \(log: /,
    ),
  });
});

test('a disk that fills up during the download is one sentence', async () => {
  writeFileSync(join(folder, 'fails'), '[ERROR] kafka.jar: No space left on device');
  await expect(get()).rejects.toMatchObject({ code: 'stack.disk-full' });
});

test('a missing Maven is one sentence with the remedy', async () => {
  vi.stubEnv('PATH', folder);
  await expect(get()).rejects.toMatchObject({
    code: 'stack.maven-missing',
    message: expect.stringMatching(/^Maven was not found.*apt-get install maven.*external\.$/),
  });
});

test('the first file that differs from its pinned sum is named', () => {
  mkdirSync(join(folder, 'kafka'));
  writeFileSync(join(folder, 'kafka', 'kafka.jar'), 'kafka');
  expect(firstMismatch(folder, sums)).toBeUndefined();
  writeFileSync(join(folder, 'kafka', 'kafka.jar'), 'other');
  expect(firstMismatch(folder, sums)).toBe('kafka/kafka.jar');
});
