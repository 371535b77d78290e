import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MillraceError } from '@millrace/contracts';
import type { StoreSpec } from '@millrace/streams';
import { open, type RootDatabase } from 'lmdb';
import type { CheckpointMark, Disk } from './disk.ts';
import { createLmdbStore, type KeyDatabase } from './lmdb-store.ts';
import type { KeyView } from './storage-key.ts';
import { writeTrust } from './trust.ts';

/** What the records on disk are, apart from the records: another identity means another state. */
export interface DiskIdentity {
  readonly format: number;
  /** By store: id of its changelog topic, kind and shape. */
  readonly stores: Readonly<Record<string, string>>;
}

interface DiskMeta {
  readonly identity: DiskIdentity;
  readonly mark: CheckpointMark | undefined;
  /** Who opened it last: a process that was taken for dead must not write over its successor's state. */
  readonly owner: string;
}

export const DATA_FILE = 'data.mdb';

/** Address space, not memory and not disk; LMDB enlarges it when it must, at the price of a remap. */
const MAP_BYTES = 16 * 1024 ** 3;
const META_KEY = 'meta';

const keyEncoder = {
  writeKey(key: KeyView | Buffer, target: Buffer, at: number): number {
    if (Buffer.isBuffer(key)) {
      target.set(key, at);
      return at + key.length;
    }
    const { bytes, start, end } = key;
    if (end - start > 32) {
      target.set(bytes.subarray(start, end), at);
    } else {
      for (let from = start, to = at; from < end; from += 1, to += 1) target[to] = bytes[from]!;
    }
    return at + end - start;
  },
  readKey: (source: Buffer, start: number, end: number): Buffer =>
    Buffer.from(source.subarray(start, end)),
};

export type OpenedDisk =
  | { readonly disk: Disk }
  /** It is another state's, or its meta record is missing. */
  | { readonly foreign: string };

/**
 * Opens the environment of one task. Throws what LMDB or the file system answers: no room, no right.
 */
export const openLmdbDisk = async (
  directory: string,
  specs: readonly StoreSpec[],
  identity: DiskIdentity,
): Promise<OpenedDisk> => {
  mkdirSync(directory, { recursive: true });
  const isNew = statSync(join(directory, DATA_FILE), { throwIfNoEntry: false }) === undefined;
  const environment = open({
    path: directory,
    noSubdir: false,
    noSync: true,
    noMemInit: true,
    mapSize: MAP_BYTES,
    maxDbs: 2 * specs.length + 2,
  });
  try {
    const metas = environment.openDB<string, string>({ name: 'meta', encoding: 'string' });
    const found = isNew ? undefined : readMeta(metas.get(META_KEY));
    if (!isNew && found === undefined) return await foreign(environment, 'it has no checkpoint');
    if (found && JSON.stringify(found.identity) !== JSON.stringify(identity)) {
      return await foreign(
        environment,
        'it belongs to another changelog or another shape of state',
      );
    }
    const disk = createLmdbDisk(environment, directory, specs, { identity, mark: found?.mark });
    return { disk };
  } catch (error) {
    await environment.close();
    throw error;
  }
};

const foreign = async (environment: RootDatabase, reason: string): Promise<OpenedDisk> => {
  await environment.close();
  return { foreign: reason };
};

const readMeta = (text: string | undefined): DiskMeta | undefined => {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as DiskMeta);
  } catch {
    return undefined;
  }
};

const createLmdbDisk = (
  environment: RootDatabase,
  directory: string,
  specs: readonly StoreSpec[],
  { identity, mark: found }: Pick<DiskMeta, 'identity' | 'mark'>,
): Disk => {
  const metas = environment.openDB<string, string>({ name: 'meta', encoding: 'string' });
  const owner = randomUUID();
  let mark = found;
  let reads = 0;
  let isSound = true;

  const fail = (what: string, cause?: unknown): never => {
    isSound = false;
    writeTrust(directory, 'suspect');
    throw new MillraceError('transform.state-corrupt', `${directory}: ${what}`, {
      retryable: true,
      cause,
    });
  };
  const onRead = (): void => {
    reads += 1;
  };

  const openRecords = (name: string): KeyDatabase =>
    environment.openDB({ name, encoding: 'binary', keyEncoder } as never) as unknown as KeyDatabase;
  const stores = new Map(
    specs.map((spec) => {
      const isTimed = spec.kind === 'timed';
      const isByKey = spec.kind === 'timed' && spec.byKey === true;
      const store = createLmdbStore({
        records: openRecords(`records ${spec.name}`),
        timesByKey: isByKey ? openRecords(`times ${spec.name}`) : undefined,
        isTimed,
        fail,
        onRead,
      });
      store.recount();
      return [spec.name, store] as const;
    }),
  );

  const writeMeta = (next: CheckpointMark | undefined): void => {
    const meta: DiskMeta = { identity, mark: next, owner };
    metas.putSync(META_KEY, JSON.stringify(meta));
  };
  environment.transactionSync(() => writeMeta(mark));
  writeTrust(directory, 'open');

  return {
    store: (name) => stores.get(name)!,
    get mark() {
      return mark;
    },
    save(next, work) {
      environment.transactionSync(() => {
        if (readMeta(metas.get(META_KEY))?.owner !== owner) {
          throw new MillraceError(
            'transform.state-taken-over',
            `${directory} was opened by another task meanwhile`,
            { retryable: true },
          );
        }
        work();
        writeMeta(next);
      });
      mark = next;
      for (const store of stores.values()) store.recount();
    },
    get reads() {
      return reads;
    },
    bytes: () => statSync(join(directory, DATA_FILE), { throwIfNoEntry: false })?.size ?? 0,
    async close({ flush }) {
      await environment.close();
      if (!flush || !isSound) return;
      const file = await openFile(join(directory, DATA_FILE), 'r+');
      await file.sync().finally(() => file.close());
      writeTrust(directory, 'closed');
    },
  };
};

/** Removes the environment and what is said about it. */
export const wipeDisk = (directory: string): void => {
  rmSync(directory, { recursive: true, force: true });
};
