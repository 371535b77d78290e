/**
 * What a backup is: files in a directory, and `manifest.json` beside them, written last, with the checksum of each. So a
 * backup that was cut off has no manifest, and one that was changed is told. It holds no secret; encryption at rest is
 * the business of whatever keeps the directory.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MillraceError } from '@millrace/contracts';

export interface SavedFile {
  readonly bytes: number;
  readonly sha256: string;
}

export interface SavedTable {
  readonly name: string;
  /** As ClickHouse names it, e.g. `ReplacingMergeTree`. */
  readonly engine: string;
  /** Rows before and after the backup was taken: it holds a number between them. */
  readonly rowsBefore: number;
  readonly rowsAfter: number;
}

export interface Manifest {
  readonly version: 1;
  /** Of Millrace. */
  readonly millrace: string;
  /** When it was begun and finished, ISO 8601. */
  readonly begunAt: string;
  readonly finishedAt: string;
  /** Of Kafka. */
  readonly clusterId?: string;
  /** What ClickHouse has backed up itself, at its own place. */
  readonly warehouse?: {
    readonly name: string;
    readonly database: string;
    readonly serverVersion: string;
    /** The backup that this one adds to. */
    readonly base?: string;
    readonly tables: readonly SavedTable[];
  };
  /** By path within the directory. */
  readonly files: Readonly<Record<string, SavedFile>>;
}

const MANIFEST = 'manifest.json';

/** Writes the files of one backup and remembers their checksums. */
export interface BackupWriter {
  write(path: string, content: string | Uint8Array): Promise<void>;
  /** For files that are written as a stream: sums them up once they are there. */
  add(path: string): Promise<void>;
  pathOf(path: string): string;
  finish(manifest: Omit<Manifest, 'version' | 'files'>): Promise<Manifest>;
}

/** Rejects with `backup.refused` when the directory holds a backup already. */
export async function createBackup(directory: string): Promise<BackupWriter> {
  await mkdir(directory, { recursive: true });
  const there = await readFile(join(directory, MANIFEST)).catch(() => undefined);
  if (there !== undefined) {
    throw new MillraceError('backup.refused', `${directory} holds a backup already`);
  }
  const files: Record<string, SavedFile> = {};
  const pathOf = (path: string) => join(directory, path);
  const add = async (path: string) => {
    files[path] = await sumOf(pathOf(path));
  };
  return {
    add,
    pathOf,
    write: async (path, content) => {
      await mkdir(dirname(pathOf(path)), { recursive: true });
      await writeFile(pathOf(path), content);
      await add(path);
    },
    finish: async (about) => {
      const manifest: Manifest = { version: 1, ...about, files };
      // whole or not at all: half a manifest would be in the way of taking the backup again
      await writeFile(pathOf(`${MANIFEST}.part`), `${JSON.stringify(manifest, null, 2)}\n`);
      await rename(pathOf(`${MANIFEST}.part`), pathOf(MANIFEST));
      return manifest;
    },
  };
}

/** Reads the manifest and every file once. Rejects with `backup.damaged`, naming what is missing or changed. */
export async function openBackup(directory: string): Promise<Manifest> {
  const text = await readFile(join(directory, MANIFEST), 'utf8').catch((cause: unknown) => {
    const why = `${directory} has no ${MANIFEST}: it is no backup, or one that was cut off`;
    throw new MillraceError('backup.damaged', why, { cause });
  });
  const manifest = parseManifest(text, directory);
  for (const [path, saved] of Object.entries(manifest.files)) {
    const found = await sumOf(join(directory, path)).catch(() => undefined);
    if (found?.sha256 === saved.sha256 && found.bytes === saved.bytes) continue;
    const what = found === undefined ? 'is missing' : 'is not what was written';
    throw new MillraceError('backup.damaged', `${path} of ${directory} ${what}`);
  }
  return manifest;
}

function parseManifest(text: string, directory: string): Manifest {
  let manifest: Partial<Manifest> | null;
  try {
    manifest = JSON.parse(text) as Partial<Manifest> | null;
  } catch (cause) {
    throw new MillraceError('backup.damaged', `${MANIFEST} of ${directory} is no JSON`, { cause });
  }
  if (manifest?.version === 1 && manifest.files !== undefined) return manifest as Manifest;
  throw new MillraceError('backup.damaged', `${MANIFEST} of ${directory} has an unknown form`);
}

async function sumOf(path: string): Promise<SavedFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of createReadStream(path)) {
    hash.update(piece);
    bytes += piece.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** A JSON file of an opened backup; undefined when the part was not saved. */
export async function readPart<T>(
  directory: string,
  { files }: Manifest,
  path: string,
): Promise<T | undefined> {
  if (files[path] === undefined) return undefined;
  return JSON.parse(await readFile(join(directory, path), 'utf8')) as T;
}
