import type { MemoryShare, StateMemory } from './state-memory.ts';

/** A store as its task's memory sees it. */
export interface BudgetedStore {
  /** Entries in memory. */
  readonly memoryEntries: number;
  /** An estimate of what they take. */
  memoryBytes(): number;
  /** Lets go of entries that are on disk as they are, those not asked for lately, about as many; returns how many. */
  evict(count: number): number;
  /** The store asks again once it has this many entries. */
  askAt: number;
}

/** The memory of all stores of one task together. */
export interface MemoryBudget {
  add(store: BudgetedStore): void;
  /** A store has grown to where it was told to ask. */
  ask(): void;
  /** While somebody walks a store, nothing is taken out from under them. */
  hold(): void;
  release(): void;
  usedBytes(): number;
  /** The limit as it is now: it moves with what other states use. */
  readonly bytesMax: number;
  /** Part of the limit is left for as much. */
  hasRoomFor(bytes: number): boolean;
  /** Nothing more can be let go of: what fills memory is not on disk yet. */
  readonly isFull: boolean;
  /** Reckons anew, after a checkpoint has made entries free to go. */
  settle(): void;
  /** Its memory is left to the others. */
  close(): void;
  readonly evictions: number;
}

/** Evicting goes down to this part of the limit, so that it comes in rounds and not at every entry. */
const LOW_WATER = 0.95;
const ASK_ENTRIES_MIN = 256;
const ASK_BYTES_MIN = 512;

export const createMemoryBudget = (memory: StateMemory): MemoryBudget => {
  const stores: BudgetedStore[] = [];
  let holds = 0;
  let isFull = false;
  let evictions = 0;

  const usedBytes = (): number => {
    let sum = 0;
    for (const store of stores) sum += store.memoryBytes();
    return sum;
  };

  const setAsks = (): void => {
    const room = share.roomBytes;
    const entriesMin = Math.min(ASK_ENTRIES_MIN, 1 + Math.floor(share.bytesMax / ASK_BYTES_MIN));
    for (const store of stores) {
      const entries = store.memoryEntries;
      const bytesAnEntry = entries === 0 ? 256 : store.memoryBytes() / entries;
      const more = Math.floor(room / stores.length / bytesAnEntry);
      // Without room, looking for some costs a walk over the entries: not at every few of them.
      store.askAt = entries + Math.max(entriesMin, entries >> 4, more);
    }
  };

  const evictDown = (bytesMax: number): void => {
    const largestFirst = [...stores].sort((a, b) => b.memoryBytes() - a.memoryBytes());
    for (const store of largestFirst) {
      const excess = usedBytes() - bytesMax * LOW_WATER;
      if (excess <= 0 || store.memoryEntries === 0) break;
      const bytesAnEntry = store.memoryBytes() / store.memoryEntries;
      evictions += store.evict(Math.ceil(excess / bytesAnEntry));
    }
  };

  const shrink = (): void => {
    const { bytesMax } = share;
    if (holds === 0 && usedBytes() > bytesMax) evictDown(bytesMax);
    isFull = usedBytes() > bytesMax;
    setAsks();
  };

  const ask = (): void => {
    share.grown();
    shrink();
  };

  const share: MemoryShare = memory.join({ usedBytes, shrink });

  return {
    add(store) {
      stores.push(store);
      setAsks();
    },
    ask,
    hold() {
      holds += 1;
    },
    release() {
      holds -= 1;
    },
    usedBytes,
    get bytesMax() {
      return share.bytesMax;
    },
    hasRoomFor: (bytes) => usedBytes() + bytes <= share.bytesMax * LOW_WATER,
    get isFull() {
      return isFull;
    },
    settle: ask,
    close: () => share.leave(),
    get evictions() {
      return evictions;
    },
  };
};
