/**
 * The event ids that a stream took lately, so that a repeat is recognised. A ring of the last `capacity`
 * ids with a hash index over it: typed arrays only, 26 to 32 bytes an id, touched (and so paid for) as ids come.
 * It forgets the oldest id when full, and nothing by age: remembering longer does no harm.
 *
 *   claim ──▶ pending ──succeed──▶ written ──(ring comes round)──▶ forgotten
 *                └──────fail─────────────────────────────────────▶ forgotten
 *
 * It knows nothing of Kafka: who writes, restoring after a restart, and sharing with other doors are elsewhere.
 */

import { Line, Waiting } from '../line.ts';
import { type Fingerprint, fingerprint } from './fingerprint.ts';
import { createPrintBuffer } from './print-buffer.ts';
import { createReach } from './window-reach.ts';

/** Records on their way to one partition, whose fate is shared by whoever repeats one of their ids. */
export interface PendingWrite {
  /** No other that is open has it. */
  readonly number: number;
  /** True: on Kafka. False: surely not. Stays open while that is not known. */
  readonly settled: Promise<boolean>;
}

export type Claim =
  /** Not seen before, and now claimed by the write. */
  | 'new'
  /** On Kafka. */
  | 'written'
  /** Taken by another request, or earlier in the same one; its fate is this id's too. */
  | PendingWrite;

export interface EventWindow {
  readonly capacity: number;
  readonly size: () => number;
  open(): PendingWrite;
  claim(id: string, write: PendingWrite): Claim;
  /** The write's ids are on Kafka. */
  succeed(write: PendingWrite): void;
  /** The write's ids that are not known to be on Kafka are forgotten. */
  fail(write: PendingWrite): void;
  /** The id is on Kafka: it was read there, out of a record. */
  remember(id: string): void;
  /** The id is on this door's disk, taken by a process before: told to the others unless they tell it themselves before that. */
  rememberSpooled(id: string): void;
  /** The ids are on Kafka: another door, or this one before its restart, tells so. 16 bytes each. */
  rememberPrints(prints: Buffer): void;
  /** Fingerprints of the ids that came onto Kafka, or were read there, since the last call; 16 bytes each. */
  takePrints(): Buffer;
  /** Writes opened so far, and how many had been before the oldest one that is open now. */
  opened(): { readonly count: number; readonly oldest: number };
  /** What is held now is all that was taken up to this moment, ms since 1970 UTC. */
  mark(atMs: number): void;
  /** How far back every id is known, ms; undefined while none has been forgotten. */
  reachMs(nowMs: number): number | undefined;
}

/** What fingerprints are made with; the same for all doors of a cluster, so it is known only when that has been read. */
export interface WindowSeed {
  readonly value: number;
}

/** A class, since one is made for each request and its promise only for who asks: most are never asked how they ended. */
class OpenWrite extends Waiting implements PendingWrite {
  readonly number: number;
  /** Writes opened before it. */
  readonly openedBefore: number;
  /** Of its ids in the ring. */
  positions = nowhere;
  #fate: boolean | undefined;
  #asked: PromiseWithResolvers<boolean> | undefined;

  constructor(number: number, openedBefore: number) {
    super();
    this.number = number;
    this.openedBefore = openedBefore;
  }

  claimed(position: number): void {
    // An array that grows from nothing takes room for 17.
    if (this.positions === nowhere) this.positions = [position];
    else this.positions.push(position);
  }

  get settled(): Promise<boolean> {
    if (this.#fate !== undefined) return Promise.resolve(this.#fate);
    this.#asked ??= Promise.withResolvers();
    return this.#asked.promise;
  }

  settle(written: boolean): void {
    this.#fate = written;
    this.#asked?.resolve(written);
  }
}

const nowhere: number[] = [];

/** What an entry's `owners` cell holds: nothing, a written id, one of the disk that is to be told, or from here on the number of an open write. */
const FREE = 0;
const WRITTEN = 1;
const SPOOLED = 2;
const FIRST_WRITE = 3;

export const createEventWindow = (
  capacity: number,
  seed: WindowSeed = { value: (Math.random() * 2 ** 32) | 0 },
): EventWindow => {
  const words = new Int32Array(capacity * 4);
  const owners = new Uint32Array(capacity);
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(capacity * 1.5)));
  const mask = slots.length - 1;
  const openWrites = new Line<OpenWrite>();
  /** By their numbers, which are used again when they are closed: by then no entry has them. */
  const numbered: (OpenWrite | undefined)[] = [];
  const numbersFree: number[] = [];
  const fresh = createPrintBuffer(capacity);
  const reach = createReach();
  let cursor = 0;
  let size = 0;
  let inserted = 0;
  let openedCount = 0;
  let hasSpooled = false;

  const matches = (position: number, [a, b, c, d]: Fingerprint): boolean => {
    const at = position * 4;
    return words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d;
  };

  /** The slot that holds the fingerprint, or the empty one where it would go. */
  const findSlot = (print: Fingerprint): number => {
    let slot = print[0] & mask;
    while (slots[slot] !== 0 && !matches(slots[slot]! - 1, print)) slot = (slot + 1) & mask;
    return slot;
  };

  /** Empties a slot and moves later members of the run up, so that no search stops short (Knuth 6.4 R). */
  const closeSlot = (emptied: number) => {
    let hole = emptied;
    for (let slot = (hole + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const home = words[(slots[slot]! - 1) * 4]! & mask;
      const stays = hole <= slot ? hole < home && home <= slot : hole < home || home <= slot;
      if (stays) continue;
      slots[hole] = slots[slot]!;
      hole = slot;
    }
    slots[hole] = 0;
  };

  const release = (position: number) => {
    let slot = words[position * 4]! & mask;
    while (slots[slot] !== position + 1) slot = (slot + 1) & mask;
    closeSlot(slot);
    owners[position] = FREE;
    size -= 1;
  };

  const insert = (print: Fingerprint, owner: number): number => {
    const position = cursor;
    cursor = (cursor + 1) % capacity;
    if (owners[position] !== FREE) release(position);
    const at = position * 4;
    for (let word = 0; word < 4; word += 1) words[at + word] = print[word]!;
    owners[position] = owner;
    // Only now: making room may have moved slots.
    slots[findSlot(print)] = position + 1;
    size += 1;
    inserted += 1;
    return position;
  };

  const openWrite = ({ number }: PendingWrite): OpenWrite | undefined =>
    numbered[number - FIRST_WRITE];

  /** The entries that are still its own; none when it was closed before. */
  const close = (write: PendingWrite, written: boolean): readonly number[] => {
    const open = openWrite(write);
    if (open !== write) return nowhere;
    numbered[open.number - FIRST_WRITE] = undefined;
    numbersFree.push(open.number);
    openWrites.remove(open);
    open.settle(written);
    return open.positions;
  };

  /** Takes an id for written. Its position; undefined when that was known. */
  const keep = (print: Fingerprint): number | undefined => {
    const held = slots[findSlot(print)]!;
    if (held === 0) return insert(print, WRITTEN);
    if (owners[held - 1]! < FIRST_WRITE) return undefined;
    owners[held - 1] = WRITTEN;
    return held - 1;
  };

  /** The same, of one that another door tells: it need not be told again. */
  const hear = (print: Fingerprint) => {
    const held = slots[findSlot(print)]!;
    if (held !== 0 && owners[held - 1] === SPOOLED) owners[held - 1] = WRITTEN;
    else keep(print);
  };

  /** Ids of the disk that no door has told until now. */
  const tellSpooled = () => {
    if (!hasSpooled) return;
    hasSpooled = false;
    for (let position = 0; position < capacity; position += 1) {
      if (owners[position] !== SPOOLED) continue;
      owners[position] = WRITTEN;
      fresh.add(words, position * 4);
    }
  };

  return {
    capacity,
    size: () => size,
    open: () => {
      const number = numbersFree.pop() ?? FIRST_WRITE + numbered.length;
      const write = new OpenWrite(number, openedCount);
      openedCount += 1;
      numbered[number - FIRST_WRITE] = write;
      openWrites.add(write);
      return write;
    },
    claim: (id, write) => {
      const print = fingerprint(id, seed.value);
      const held = slots[findSlot(print)]!;
      if (held !== 0) {
        const owner = owners[held - 1]!;
        return owner < FIRST_WRITE ? 'written' : numbered[owner - FIRST_WRITE]!;
      }
      const open = openWrite(write);
      if (open === write) open.claimed(insert(print, write.number));
      return 'new';
    },
    succeed: (write) => {
      for (const position of close(write, true)) {
        if (owners[position] !== write.number) continue;
        owners[position] = WRITTEN;
        fresh.add(words, position * 4);
      }
    },
    fail: (write) => {
      for (const position of close(write, false))
        if (owners[position] === write.number) release(position);
    },
    remember: (id) => {
      const position = keep(fingerprint(id, seed.value));
      if (position !== undefined) fresh.add(words, position * 4);
    },
    rememberSpooled: (id) => {
      const print = fingerprint(id, seed.value);
      if (slots[findSlot(print)] !== 0) return;
      insert(print, SPOOLED);
      hasSpooled = true;
    },
    rememberPrints: (prints) => {
      for (let at = 0; at < prints.length; at += 16)
        hear([
          prints.readInt32LE(at),
          prints.readInt32LE(at + 4),
          prints.readInt32LE(at + 8),
          prints.readInt32LE(at + 12),
        ]);
    },
    takePrints: () => {
      tellSpooled();
      return fresh.take();
    },
    opened: () => {
      const oldest = openWrites.first?.openedBefore ?? openedCount;
      return { count: openedCount, oldest };
    },
    mark: (atMs) => reach.mark(inserted, atMs),
    reachMs: (nowMs) =>
      inserted <= capacity ? undefined : reach.sinceMs(inserted - capacity, nowMs),
  };
};
