/** Fingerprints on their way to the other doors: a buffer that grows, and beyond its bound forgets the oldest half. */
export interface PrintBuffer {
  /** Four words, from `at` on. */
  add(words: Int32Array, at: number): void;
  /** All of them, in order, as little-endian bytes; afterwards there are none. */
  take(): Buffer;
}

const initialPrints = 256;
const nothing = Buffer.alloc(0);

/** @param printsMax what the window itself holds: more would tell of ids that it has forgotten */
export const createPrintBuffer = (printsMax: number): PrintBuffer => {
  const wordsMax = printsMax * 4;
  let words = new Int32Array(Math.min(initialPrints, printsMax) * 4);
  let length = 0;

  const makeRoom = () => {
    if (words.length < wordsMax) {
      const larger = new Int32Array(Math.min(words.length * 2, wordsMax));
      larger.set(words);
      words = larger;
      return;
    }
    const dropped = 4 * Math.ceil(length / 8);
    words.copyWithin(0, dropped, length);
    length -= dropped;
  };

  return {
    add: (from, at) => {
      if (length === words.length) makeRoom();
      for (let word = 0; word < 4; word += 1) words[length + word] = from[at + word]!;
      length += 4;
    },
    take: () => {
      if (length === 0) return nothing;
      // Every machine that Node runs on is little-endian, as the reader expects.
      const taken = Buffer.from(words.buffer, 0, length * 4);
      words = new Int32Array(Math.min(initialPrints, printsMax) * 4);
      length = 0;
      return taken;
    },
  };
};
