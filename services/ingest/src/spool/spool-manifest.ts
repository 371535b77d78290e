/**
 * What a spool remembers of its stream, so that a door can take events for it when it starts while Kafka and the
 * registry are away. One small file a stream, replaced as a whole.
 */
import { createHash, randomUUID } from 'node:crypto';
import { open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from './segments.ts';

export interface SpoolManifest {
  /** Of this spool: the key of its position on Kafka. Another one when its files were removed. */
  readonly id: string;
  readonly topic: string;
  readonly partitions: number;
  readonly schemaId: number;
  /** Of the contract's schema text: another text needs another id, which only the registry knows. */
  readonly schemaHash: string;
  readonly eventBytesMax: number;
  /** Of the ids of its events: see claim-of.ts. */
  readonly hasIdentity: boolean;
  readonly source: string;
  /** What fingerprints of ids are made with on this cluster; absent before it was known. */
  readonly windowSeed?: number;
}

const fileName = 'stream.json';

export const newSpoolId = (): string => randomUUID();

/** Tells schemas apart. */
export const schemaHash = (schemaText: string): string =>
  createHash('sha256').update(schemaText).digest('hex');

/** Undefined where there is none. */
export const readManifest = async (directory: string): Promise<SpoolManifest | undefined> => {
  try {
    return JSON.parse(await readFile(join(directory, fileName), 'utf8')) as SpoolManifest;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

/** Of every stream that has a spool under `root`, by topic. */
export const readManifests = async (root: string): Promise<ReadonlyMap<string, SpoolManifest>> => {
  const found = new Map<string, SpoolManifest>();
  for (const entry of await readdir(root, { withFileTypes: true })) {
    const manifest = entry.isDirectory() ? await readManifest(join(root, entry.name)) : undefined;
    if (manifest !== undefined) found.set(manifest.topic, manifest);
  }
  return found;
};

/** Durable when it resolves; a crash leaves the one before. */
export const writeManifest = async (directory: string, manifest: SpoolManifest): Promise<void> => {
  const draft = join(directory, `${fileName}.new`);
  const handle = await open(draft, 'w');
  try {
    await handle.writeFile(`${JSON.stringify(manifest, undefined, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, join(directory, fileName));
  await syncDirectory(directory);
};
