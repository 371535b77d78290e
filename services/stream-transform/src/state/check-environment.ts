import { join } from 'node:path';
import { checksum } from './checksum.ts';
import { splitKey, standsForEmpty, standsForLong } from './disk-key.ts';
import { DATA_FILE } from './lmdb-disk.ts';
import { isTreeRecord, type LmdbFile, openLmdbFile, readTree, type Tree } from './lmdb-file.ts';
import { TIME_BYTES } from './storage-key.ts';
import { Damage, type WalkOptions, walkTree } from './walk-tree.ts';

/**
 * Proves that an environment is whole before LMDB sees it. LMDB has no checksums and reads through a memory
 * map: on a damaged page it answers that a key is not there, returns other bytes, or takes the process with
 * it. So its file is walked here first, page by page, with bounds checked and the checksum of every record,
 * in about half a microsecond a record. Resolves to what is wrong, or undefined.
 */
export const checkEnvironment = async (
  directory: string,
  timedStores: ReadonlySet<string>,
): Promise<string | undefined> => {
  const file = openLmdbFile(join(directory, DATA_FILE));
  if (file === undefined) return 'its head cannot be read';
  try {
    await checkFile(file, timedStores);
    return undefined;
  } catch (error) {
    // A length out of a damaged page reads beyond its buffer, which Buffer answers with a RangeError.
    if (error instanceof Damage || error instanceof RangeError) return error.message;
    throw error;
  } finally {
    file.close();
  }
};

const checkFile = async (file: LmdbFile, timedStores: ReadonlySet<string>): Promise<void> => {
  const options: WalkOptions = { file, used: new Uint8Array(file.snapshot.pageCount) };
  const trees: { readonly name: string; readonly tree: Tree }[] = [];
  await walkTree(file.snapshot.main, options, (key, value, isTree) => {
    if (!isTree || !isTreeRecord(value)) throw new Damage('a database is none');
    trees.push({ name: key.toString('utf8').replace(/\0$/, ''), tree: readTree(value, 0) });
  });
  for (const { name, tree } of trees) {
    const store = /^records (.*)$/s.exec(name)?.[1];
    const timeBytes = store !== undefined && timedStores.has(store) ? TIME_BYTES : 0;
    await walkTree(tree, options, (key, value) => {
      if (store !== undefined) checkRecord(key, value, timeBytes);
    });
  }
  await checkFreePages(options);
};

const checkRecord = (key: Buffer, value: Buffer, timeBytes: number): void => {
  let whole = key;
  let stored = value;
  if (standsForLong(key, timeBytes)) {
    const parts = splitKey(value);
    if (parts === undefined) throw new Damage('a long key is cut off');
    whole = parts.key;
    stored = parts.value;
  } else if (timeBytes === 0 && standsForEmpty(key)) {
    whole = Buffer.alloc(0);
  }
  const end = stored.length - 4;
  if (end < 0) throw new Damage('a value is too short');
  const sum = checksum(stored, 0, end, checksum(whole, 0, whole.length));
  if (sum !== stored.readUInt32LE(end)) throw new Damage('a checksum does not hold');
};

/**
 * Free pages are listed by the transaction that freed them: a count, then numbers; a negative one is the
 * length of a run whose first page follows, 0 is a gap. A page that is free and in use would be written over.
 */
const checkFreePages = async (options: WalkOptions): Promise<void> => {
  const { used, file } = options;
  const lists: Buffer[] = [];
  const visit = (_: Buffer, value: Buffer): void => {
    lists.push(Buffer.from(value));
  };
  await walkTree(file.snapshot.freePages, { ...options, hasIntegerKeys: true }, visit);
  for (const list of lists) {
    const count = Number(list.readBigUInt64LE(0));
    let run = 1;
    for (let index = 1; index <= count; index += 1) {
      const number = Number(list.readBigInt64LE(index * 8));
      if (number < 0) {
        run = -number;
        continue;
      }
      for (let page = number; number > 0 && page < number + run; page += 1) {
        if (page >= used.length) throw new Damage(`free page ${page} does not exist`);
        if (used[page]) throw new Damage(`page ${page} is free and in use`);
      }
      run = 1;
    }
  }
};
