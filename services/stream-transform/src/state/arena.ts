/**
 * Memory for encoded entries: chunks that are filled from the front and let go of as a whole. An entry names
 * its place in one by numbers, so a hundred thousand encoded entries are a few objects.
 */
export interface Arena {
  /** The chunk that has room for so many bytes from `position` on; the caller moves `position` on. */
  reserve(bytes: number): Buffer;
  position: number;
  /** Bytes held. */
  readonly heldBytes: number;
  /** Lets go of everything. */
  clear(): void;
}

const CHUNK_BYTES = 1024 * 1024;

export const createArena = (): Arena => {
  let chunk = Buffer.alloc(0);
  let closedBytes = 0;
  const arena = {
    position: 0,
    reserve(bytes: number): Buffer {
      if (arena.position + bytes > chunk.length) {
        closedBytes += chunk.length;
        chunk = Buffer.allocUnsafeSlow(Math.max(bytes, CHUNK_BYTES));
        arena.position = 0;
      }
      return chunk;
    },
    get heldBytes() {
      return closedBytes + arena.position;
    },
    clear() {
      closedBytes = 0;
      arena.position = 0;
      chunk = Buffer.alloc(0);
    },
  };
  return arena;
};
