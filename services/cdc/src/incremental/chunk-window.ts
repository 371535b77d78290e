/**
 * The keys that the stream changes while a chunk of a table is read beside it. A row of the chunk may be older
 * than a change that was written meanwhile, so rows with such a key are left out: the change has told all.
 * Source: A. Andreakis, I. Papapanagiotou, "DBLog: A Watermark Based Change-Data-Capture Framework", 2020.
 */
export interface ChunkWindow {
  /** From here on changes are noted; what was noted before is forgotten. */
  open(): void;
  changed(key: string): void;
  /** Every row of the table was touched (TRUNCATE): nothing that was read may be written. */
  emptied(): void;
  readonly isOpen: boolean;
  readonly wasEmptied: boolean;
  /** Whether a row of this key may be written. */
  admits(key: string): boolean;
  close(): void;
}

export const createChunkWindow = (): ChunkWindow => {
  let changedKeys = new Set<string>();
  let isOpen = false;
  let wasEmptied = false;
  return {
    open: () => {
      changedKeys = new Set();
      isOpen = true;
      wasEmptied = false;
    },
    changed: (key) => {
      if (isOpen) changedKeys.add(key);
    },
    emptied: () => {
      wasEmptied = true;
    },
    get isOpen() {
      return isOpen;
    },
    get wasEmptied() {
      return wasEmptied;
    },
    admits: (key) => !wasEmptied && !changedKeys.has(key),
    close: () => {
      isOpen = false;
      changedKeys = new Set();
    },
  };
};
