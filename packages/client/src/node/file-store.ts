/**
 * `@millrace/client/node`: batches in files of a directory, synced before `enqueue` resolves. Appended batches and
 * removals; a file goes when it and all before it hold nothing that is left.
 */
import { mkdir } from 'node:fs/promises';
import type { Batch, BatchHead } from '../batch/batch.ts';
import type { BatchStore } from '../batch/batch-store.ts';
import { lockDirectory } from './directory-lock.ts';
import { openSegmentLog, type Place, type SegmentLog } from './segment-log.ts';

export interface FileStoreOptions {
  /** Made when it is not there; one client at a time. */
  readonly directory: string;
  /** Size from which a new file is begun. Default 8 MiB. */
  readonly segmentBytes?: number;
  /** Bytes of damaged files that hold no whole batch, found at the start; the torn end of a crash is usual. */
  readonly onDamage?: (bytes: number) => void;
}

/** A batch, or the key of one that is no longer needed. */
type Head = BatchHead | { readonly removed: string };

/**
 * A store in files.
 * @returns a store whose `open` rejects when another client has the directory
 */
export const fileStore = (options: FileStoreOptions): BatchStore => {
  const { directory, segmentBytes = 8 * 1024 * 1024, onDamage } = options;
  const places = new Map<string, Place & { readonly head: BatchHead }>();
  /** Batches that are left, by segment, oldest segment first. */
  const left = new Map<number, number>();
  let log: SegmentLog<Head> | undefined;
  let unlock: (() => void) | undefined;

  const opened = (): SegmentLog<Head> => {
    if (log === undefined) throw new Error(`The store in ${directory} is not open.`);
    return log;
  };

  const note = (head: BatchHead, place: Place): void => {
    places.set(head.key, { ...place, head });
    left.set(place.segment, (left.get(place.segment) ?? 0) + 1);
  };

  const forget = (key: string): boolean => {
    const place = places.get(key);
    if (place === undefined) return false;
    places.delete(key);
    left.set(place.segment, left.get(place.segment)! - 1);
    return true;
  };

  /** Only from the oldest on: removals stand in files behind those that they speak of. */
  const clean = async (): Promise<void> => {
    for (const [segment, batches] of left) {
      if (batches > 0 || !(await opened().drop(segment))) return;
      left.delete(segment);
    }
  };

  return {
    open: async (found) => {
      await mkdir(directory, { recursive: true });
      unlock = await lockDirectory(directory);
      log = await openSegmentLog<Head>(directory, segmentBytes);
      if (log.damagedBytes > 0) onDamage?.(log.damagedBytes);
      for (const { head, segment, bodyAt, bodyBytes } of log.found) {
        left.set(segment, left.get(segment) ?? 0);
        if ('removed' in head) forget(head.removed);
        else if (!places.has(head.key)) note(head, { segment, bodyAt, bodyBytes });
      }
      await clean();
      const heads = [...places.values()].map(({ head }) => head);
      if (heads.length > 0) found(heads);
    },
    add: async ({ body, ...head }: Batch) => note(head, await opened().append(head, body, true)),
    read: async (key) => {
      const place = places.get(key);
      if (place === undefined) return undefined;
      return { ...place.head, body: await opened().read(place) };
    },
    remove: async (key) => {
      if (!forget(key)) return;
      const { segment } = await opened().append({ removed: key }, '', false);
      left.set(segment, left.get(segment) ?? 0);
      await clean();
    },
    close: async () => {
      await log?.close();
      if (log !== undefined) await clean();
      log = undefined;
      unlock?.();
    },
  };
};
