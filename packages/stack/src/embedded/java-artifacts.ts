/**
 * Kafka's and the registry's jars: downloaded once per user by Maven, checked against pinned SHA-256 sums, unpacked,
 * and moved into the cache in one step; at each start only their sizes and times are compared. A cache that was cut,
 * changed or left half done is made again. Two first starts at once: the second waits for the first.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MillraceError } from '@millrace/contracts';
import { explainFileError, requireSpace } from './failure.ts';
import { lockFile } from './file-lock.ts';
import { type DownloadProgress, runMaven } from './maven.ts';

export interface JavaArtifacts {
  readonly kafkaClassPath: string;
  /** Apicurio's runnable jar; its libraries lie beside it. */
  readonly registryJar: string;
  readonly registryDir: string;
  /** Changes with the set of jars. */
  readonly key: string;
}

interface FileFacts {
  readonly bytes: number;
  readonly modifiedMs: number;
}
type Manifest = Readonly<Record<string, FileFacts>>;

const resources = fileURLToPath(new URL('../../java/', import.meta.url));
const manifestName = 'manifest.json';
/** Jars, the registry's archive and its unpacked files, and as much again in Maven's own repository. */
const neededBytes = 500 * 1024 * 1024;

function listFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1));
}

function factsOf(file: string): FileFacts {
  const { size, mtimeMs } = statSync(file);
  return { bytes: size, modifiedMs: Math.floor(mtimeMs) };
}

/** True when every file recorded is there with its recorded size and time, and no jar is there besides. */
export function isIntact(directory: string): boolean {
  try {
    const manifest = JSON.parse(readFileSync(join(directory, manifestName), 'utf8')) as Manifest;
    const files = listFiles(directory).filter((file) => file !== manifestName);
    return (
      files.length === Object.keys(manifest).length &&
      files.every((file) => {
        const [expected, actual] = [manifest[file], factsOf(join(directory, file))];
        return expected?.bytes === actual.bytes && expected.modifiedMs === actual.modifiedMs;
      })
    );
  } catch {
    return false;
  }
}

function writeManifest(directory: string): void {
  const facts = listFiles(directory).map((file) => [file, factsOf(join(directory, file))]);
  writeFileSync(join(directory, manifestName), JSON.stringify(Object.fromEntries(facts)));
}

/** The first file under `directory` that differs from its pinned sum (lines of sha256sum), or is missing. */
export function firstMismatch(directory: string, sums: string): string | undefined {
  for (const line of sums.split('\n').filter((text) => text !== '')) {
    const [sum, file] = [line.slice(0, 64), line.slice(66)];
    try {
      const actual = createHash('sha256')
        .update(readFileSync(join(directory, file)))
        .digest('hex');
      if (actual !== sum) return file;
    } catch {
      return file;
    }
  }
  return undefined;
}

async function download(work: string, sums: string, onProgress: DownloadProgress): Promise<void> {
  const target = join(work, 'target');
  mkdirSync(target, { recursive: true });
  copyFileSync(join(resources, 'pom.xml'), join(work, 'pom.xml'));
  await runMaven({ directory: work, onProgress });
  if (firstMismatch(target, sums) === undefined) return;
  // The user's own Maven repository may hold a broken file: once more, past it.
  rmSync(target, { recursive: true });
  mkdirSync(target);
  const localRepository = join(work, 'repository');
  await runMaven({ directory: work, onProgress, localRepository });
  const broken = firstMismatch(target, sums);
  if (broken !== undefined)
    throw new MillraceError(
      'stack.download-broken',
      `${broken} came with other content than the pinned one, twice: check the Maven mirror or proxy that served it, then start again.`,
    );
}

function unpackRegistry(target: string): void {
  const registry = join(target, 'registry');
  const archive = join(target, 'registry.tar.gz');
  mkdirSync(registry);
  const unpacked = spawnSync('tar', ['-xzf', archive, '-C', registry], { encoding: 'utf8' });
  if (unpacked.status !== 0)
    throw Object.assign(new Error(`tar could not unpack ${archive}: ${unpacked.stderr}`), {
      code: /no space left/i.test(unpacked.stderr ?? '') ? 'ENOSPC' : 'EIO',
    });
  rmSync(archive);
}

/** Fills the cache entry; what an earlier, interrupted attempt left is removed first. */
async function fill(entry: string, sums: string, onProgress: DownloadProgress): Promise<void> {
  const work = `${entry}.partial`;
  rmSync(work, { recursive: true, force: true });
  rmSync(entry, { recursive: true, force: true });
  try {
    mkdirSync(work, { recursive: true });
    requireSpace(work, neededBytes);
    await download(work, sums, onProgress);
    unpackRegistry(join(work, 'target'));
    writeManifest(join(work, 'target'));
    renameSync(join(work, 'target'), entry);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * The jars, downloaded when the cache has none that are whole.
 * @param sums what is pinned, in the format of sha256sum
 * @throws `stack.maven-missing`, `stack.download-failed`, `stack.download-broken`, `stack.disk-full`
 */
export async function javaArtifacts(
  cache: string,
  onProgress: DownloadProgress,
  sums: string = readFileSync(join(resources, 'SHA256SUMS'), 'utf8'),
): Promise<JavaArtifacts> {
  const key = createHash('sha256').update(sums).digest('hex').slice(0, 12);
  const entry = join(cache, `java-${key}`);
  if (!isIntact(entry)) {
    const lock = await lockFile(join(cache, 'java.lock'), () =>
      onProgress('another start is downloading; waiting for it'),
    );
    try {
      if (!isIntact(entry)) await fill(entry, sums, onProgress);
    } catch (error) {
      throw explainFileError(cache, error);
    } finally {
      lock.release();
    }
  }
  const jars = readdirSync(join(entry, 'kafka')).sort();
  const registryDir = join(entry, 'registry');
  const registryJar = readdirSync(registryDir).find((file) => file.endsWith('-runner.jar')) ?? '';
  return {
    kafkaClassPath: jars.map((jar) => join(entry, 'kafka', jar)).join(':'),
    registryJar: join(registryDir, registryJar),
    registryDir,
    key,
  };
}
