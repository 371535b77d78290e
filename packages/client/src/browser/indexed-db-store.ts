/**
 * Batches in IndexedDB, for pages: they survive the tab, the browser and the lack of a network. Each tab sends what it
 * took itself; what a closed tab left is adopted by one of those that live. A tab lives as long as it holds the Web
 * Lock of its name. Should two adopt the same batch, the door recognises the second sending by its key.
 */
import { type Batch, type BatchHead, randomKey } from '../batch/batch.ts';
import type { BatchStore } from '../batch/batch-store.ts';
import { systemClock } from '../clock.ts';
import { type Database, type DbRequest, type LockManager, webPlatform } from './web-platform.ts';

interface StoredBatch extends Batch {
  readonly tab: string;
  /** Milliseconds and a counter, as text that sorts by age. */
  readonly order: string;
}

const objects = 'batches';

/** How often a tab looks for what closed ones have left, ms. */
const adoptEveryMs = 30_000;

/**
 * A store in the database of that name; all tabs of an origin that name it share it.
 * @param options.name default `millrace`
 * @returns a store whose methods reject where there is no IndexedDB, or the browser refuses: then the client goes on
 *   from memory
 */
export const indexedDbStore = ({ name = 'millrace' } = {}): BatchStore => {
  const { indexedDB, locks } = webPlatform();
  const tab = randomKey();
  const lockOf = (owner: string) => `${name}/tab/${owner}`;
  const closing = new AbortController();
  let opening: Promise<Database> | undefined;
  let count = 0;

  const database = (): Promise<Database> => {
    opening ??= openDatabase(indexedDB, name);
    // Refused once, it may be granted later.
    opening.catch(() => {
      opening = undefined;
    });
    return opening;
  };

  const change = async (
    work: (put: (batch: StoredBatch) => void, remove: (key: string) => void) => void,
  ) => {
    const transaction = (await database()).transaction(objects, 'readwrite', {
      durability: 'strict',
    });
    const store = transaction.objectStore(objects);
    work(
      (batch) => store.put(batch),
      (key) => store.delete(key),
    );
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
      transaction.commit?.();
    });
  };

  const adopt = async (found: (heads: readonly BatchHead[]) => void): Promise<void> => {
    const alive = await livingTabs(locks, lockOf(''));
    const heads = await takeOver(await database(), tab, (owner) => alive.has(owner));
    if (heads.length > 0) found(heads);
  };

  const adoptAlways = async (found: (heads: readonly BatchHead[]) => void): Promise<void> => {
    while (!closing.signal.aborted) {
      await systemClock.sleep(adoptEveryMs, closing.signal).catch(() => undefined);
      if (!closing.signal.aborted) await adopt(found).catch(() => undefined);
    }
  };

  return {
    open: async (found) => {
      await holdUntil(locks, lockOf(tab), closing.signal);
      await adopt(found);
      void adoptAlways(found);
    },
    add: (batch) => {
      const order = `${String(Date.now()).padStart(15, '0')}-${String(count++).padStart(9, '0')}`;
      return change((put) => put({ ...batch, tab, order }));
    },
    read: async (key) => {
      const transaction = (await database()).transaction(objects, 'readonly');
      return (await result(transaction.objectStore(objects).get(key))) as Batch | undefined;
    },
    remove: (key) => change((_put, remove) => remove(key)),
    close: async () => {
      closing.abort();
      const open = await opening?.catch(() => undefined);
      open?.close();
    },
  };
};

const openDatabase = async (
  indexedDB: ReturnType<typeof webPlatform>['indexedDB'],
  name: string,
): Promise<Database> => {
  if (indexedDB === undefined) throw new Error('There is no IndexedDB here.');
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    const store = request.result.createObjectStore(objects, { keyPath: 'key' });
    store.createIndex('order', 'order');
  };
  const opened = await result(request);
  // A later version of this library wants to change it: it must not wait for this tab.
  opened.onversionchange = () => opened.close();
  return opened;
};

const result = <Result>(request: DbRequest<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** Resolves when the lock is held; it is let go when the signal is aborted, and when the tab ends, however it does. */
const holdUntil = (locks: LockManager | undefined, name: string, signal: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    if (locks === undefined) return resolve();
    const released = new Promise<void>((release) => {
      signal.addEventListener('abort', () => release(), { once: true });
    });
    locks
      .request(name, {}, () => {
        resolve();
        return released;
      })
      .catch(reject);
  });

/** Without Web Locks nobody is known to live, and every tab adopts what it finds. */
const livingTabs = async (
  locks: LockManager | undefined,
  prefix: string,
): Promise<ReadonlySet<string>> => {
  const { held = [] } = (await locks?.query()) ?? {};
  const names = held.flatMap(({ name }) => (name?.startsWith(prefix) ? [name] : []));
  return new Set(names.map((name) => name.slice(prefix.length)));
};

/** Makes the batches of tabs that are no more this tab's own; one transaction, so no two tabs take the same. */
const takeOver = (
  database: Database,
  tab: string,
  isAlive: (tab: string) => boolean,
): Promise<readonly BatchHead[]> =>
  new Promise((resolve, reject) => {
    const transaction = database.transaction(objects, 'readwrite', { durability: 'strict' });
    const heads: BatchHead[] = [];
    const request = transaction.objectStore(objects).index('order').openCursor();
    request.onsuccess = () => {
      const cursor = request.result;
      if (cursor === null) return;
      const batch = cursor.value as StoredBatch;
      if (batch.tab !== tab && !isAlive(batch.tab)) {
        cursor.update({ ...batch, tab });
        const { key, stream, events, bytes, createdMs } = batch;
        heads.push({ key, stream, events, bytes, createdMs });
      }
      cursor.continue();
    };
    transaction.oncomplete = () => resolve(heads);
    transaction.onabort = () => reject(transaction.error);
  });
