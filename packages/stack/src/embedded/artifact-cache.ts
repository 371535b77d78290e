/**
 * Sets of files that Maven fetches once per user: checked against pinned SHA-256 sums, and moved into the cache in one
 * step; at each start only their sizes and times are compared. An entry that was cut, changed or left half done is
 * made again. Two first starts at once: the second waits for the first.
 */
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
import { MillraceError } from '@millrace/contracts';
import { explainFileError, requireSpace } from './failure.ts';
import { lockFile } from './file-lock.ts';
import { type DownloadProgress, runMaven } from './maven.ts';

export interface ArtifactSet {
  /** Of its entry in the cache: `<name>-<key>`. */
  readonly name: string;
  /** What it is, for a person whose download failed. */
  readonly description: string;
  /** Path of the pom.xml that Maven runs on; it puts all files below `target/`. */
  readonly pom: string;
  readonly goals: readonly string[];
  /** What is pinned, in the format of sha256sum, relative to `target/`. */
  readonly sums: string;
  /** Largest space on disk that it takes while it is made, bytes. */
  readonly neededBytes: number;
  /** Called once the sums are right, before the entry is in its place. */
  unpack?(target: string): void;
}

export interface CachedArtifacts {
  readonly directory: string;
  /** Changes with the set of files. */
  readonly key: string;
}

interface FileFacts {
  readonly bytes: number;
  readonly modifiedMs: number;
}
type Manifest = Readonly<Record<string, FileFacts>>;

const manifestName = 'manifest.json';

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

async function download(
  work: string,
  set: ArtifactSet,
  onProgress: DownloadProgress,
): Promise<void> {
  const target = join(work, 'target');
  mkdirSync(target, { recursive: true });
  copyFileSync(set.pom, join(work, 'pom.xml'));
  const run = { directory: work, goals: set.goals, description: set.description, onProgress };
  await runMaven(run);
  if (firstMismatch(target, set.sums) === undefined) return;
  // The user's own Maven repository may hold a broken file: once more, past it.
  rmSync(target, { recursive: true });
  mkdirSync(target);
  const localRepository = join(work, 'repository');
  await runMaven({ ...run, localRepository });
  const broken = firstMismatch(target, set.sums);
  if (broken !== undefined)
    throw new MillraceError(
      'stack.download-broken',
      `${broken} came with other content than the pinned one, twice: check the Maven mirror or proxy that served it, then start again.`,
    );
}

/** Fills the cache entry; what an earlier, interrupted attempt left is removed first. */
async function fill(entry: string, set: ArtifactSet, onProgress: DownloadProgress): Promise<void> {
  const work = `${entry}.partial`;
  rmSync(work, { recursive: true, force: true });
  rmSync(entry, { recursive: true, force: true });
  try {
    mkdirSync(work, { recursive: true });
    requireSpace(work, set.neededBytes);
    await download(work, set, onProgress);
    set.unpack?.(join(work, 'target'));
    writeManifest(join(work, 'target'));
    renameSync(join(work, 'target'), entry);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * The files of a set, downloaded when the cache has none that are whole.
 * @throws `stack.maven-missing`, `stack.download-failed`, `stack.download-broken`, `stack.disk-full`
 */
export async function cachedArtifacts(
  cache: string,
  set: ArtifactSet,
  onProgress: DownloadProgress,
): Promise<CachedArtifacts> {
  const key = createHash('sha256').update(set.sums).digest('hex').slice(0, 12);
  const directory = join(cache, `${set.name}-${key}`);
  if (!isIntact(directory)) {
    const lock = await lockFile(join(cache, `${set.name}.lock`), () =>
      onProgress('another start is downloading; waiting for it'),
    );
    try {
      if (!isIntact(directory)) await fill(directory, set, onProgress);
    } catch (error) {
      throw explainFileError(cache, error);
    } finally {
      lock.release();
    }
  }
  return { directory, key };
}
