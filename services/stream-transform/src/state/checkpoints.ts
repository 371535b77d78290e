import type { Logger } from '@millrace/pipeline';
import type { Disk } from './disk.ts';
import type { DurableStore } from './durable-store.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { StateStats } from './task-state.ts';

/** What checkpoints need. */
export interface CheckpointOptions {
  readonly stores: ReadonlyMap<string, DurableStore<unknown>>;
  readonly disk: Disk;
  readonly budget: MemoryBudget;
  readonly logger: Logger;
  readonly nowMs: () => number;
  readonly directory: string;
  readonly intervalMs: number;
}

/**
 * When and how what is committed goes to disk. Only between transactions: while one is under way, the bytes of
 * its changes stand where the committed ones stood.
 */
export interface Checkpoints {
  nextOffset(store: string): number;
  /** Everything below these offsets is in the stores, and committed; writes a checkpoint when one is due. */
  advance(nextOffsets: ReadonlyMap<string, number>): void;
  /** False when the disk refused. Throws a TypeError while a transaction is under way. */
  take(): boolean;
  /** One when something waits for it and it may be written. */
  takeLast(): void;
  forbid(): void;
  allow(): void;
  /** The last one failed. */
  readonly isFailing: boolean;
  stats(): Pick<StateStats, 'checkpoints' | 'checkpointFailures' | 'lastCheckpointAtMs'>;
}

/** Of the memory: encoded bytes that wait for a checkpoint. Beyond, it does not wait for its time. */
const HELD_SHARE = 1 / 4;

/** Entries: a checkpoint of so many is a pause of about a second, and longer ones cost members their group. */
const UNSAVED_MAX = 500_000;

/**
 * LMDB copies each page that a checkpoint changes: the copies stay in memory until it is written, and about three times
 * as much of the file is free pages. Small checkpoints cost a page's copy an entry, large ones share them: so much of the
 * memory is spent on that.
 */
const COPIED_SHARE = 1 / 2;
const COPIED_BYTES_MIN = 16 * 1024 * 1024;
const PAGE_BYTES = 4_096;

/** At most this part of the time goes into checkpoints that only their time asks for. */
const TIME_SHARE = 1 / 20;

export const createCheckpoints = (options: CheckpointOptions): Checkpoints => {
  const { stores, disk, budget, logger, nowMs, directory, intervalMs } = options;
  const nextOffsets = new Map<string, number>(Object.entries(disk.mark?.nextOffsets ?? {}));
  let lastCheckpointAtMs = disk.mark?.takenAtMs;
  let triedAtMs = nowMs();
  let tookMs = 0;
  let checkpoints = 0;
  let checkpointFailures = 0;
  let isForbidden = false;
  let isFailing = false;

  const hasUnsaved = (): boolean => {
    for (const { changes } of stores.values()) if (changes.unsavedCount > 0) return true;
    return false;
  };

  const isDue = (): boolean => {
    if (!hasUnsaved()) return false;
    const sinceMs = nowMs() - triedAtMs;
    const isTime = sinceMs >= Math.max(intervalMs, tookMs / TIME_SHARE);
    // A disk that has refused is not asked again at every commit.
    if (isTime || isFailing) return isTime;
    let heldBytes = 0;
    let unsaved = 0;
    for (const { changes } of stores.values()) {
      heldBytes += changes.heldBytes;
      unsaved += changes.unsavedCount;
    }
    if (budget.isFull || heldBytes > budget.bytesMax * HELD_SHARE) return true;
    if (unsaved > UNSAVED_MAX) return true;
    // Keys come in no order, so at worst each entry is on a page of its own, as far as there are so many.
    const copiedBytes = Math.min(unsaved * PAGE_BYTES, disk.bytes());
    return copiedBytes > Math.max(budget.bytesMax * COPIED_SHARE, COPIED_BYTES_MIN);
  };

  const fail = (error: unknown): void => {
    checkpointFailures += 1;
    if (isFailing) return;
    isFailing = true;
    const message = 'a checkpoint of state could not be written; work goes on in memory';
    logger.warn({ directory, err: error }, message);
  };

  const take = (): boolean => {
    if (isForbidden) throw new TypeError('a transaction is under way');
    triedAtMs = nowMs();
    try {
      const mark = { takenAtMs: triedAtMs, nextOffsets: Object.fromEntries(nextOffsets) };
      disk.save(mark, () => {
        for (const [name, { changes }] of stores) changes.save(disk.store(name));
      });
    } catch (error) {
      fail(error);
      return false;
    }
    for (const store of stores.values()) store.saved();
    budget.settle();
    tookMs = nowMs() - triedAtMs;
    lastCheckpointAtMs = triedAtMs;
    checkpoints += 1;
    if (isFailing) logger.info({ directory }, 'checkpoints of state are written again');
    isFailing = false;
    return true;
  };

  return {
    nextOffset: (store) => nextOffsets.get(store) ?? 0,
    advance(offsets) {
      for (const [store, offset] of offsets) nextOffsets.set(store, offset);
      if (isDue()) take();
    },
    take,
    takeLast() {
      if (!isForbidden && hasUnsaved()) take();
    },
    forbid() {
      isForbidden = true;
    },
    allow() {
      isForbidden = false;
    },
    get isFailing() {
      return isFailing;
    },
    stats: () => ({ checkpoints, checkpointFailures, lastCheckpointAtMs }),
  };
};
