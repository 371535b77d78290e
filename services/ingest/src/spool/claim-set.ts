/** A set of claims that only grows, as fingerprints in typed arrays: 24 to 48 bytes a claim, however long its text. */
import { type Fingerprint, fingerprint } from '../window/fingerprint.ts';

export interface ClaimSet {
  add(claim: string): void;
  has(claim: string): boolean;
  size(): number;
}

const initialSize = 1024;

/** An empty set. Its seed is its own: nobody outside can look for two claims that are taken for one. */
export const createClaimSet = (): ClaimSet => {
  const seed = (Math.random() * 2 ** 32) | 0;
  let words = new Int32Array(initialSize * 4);
  /** Twice as many as there is room for claims; a claim's position and one, 0 where there is none. */
  let slots = new Int32Array(initialSize * 2);
  let size = 0;

  const slotOf = (print: Fingerprint): number => {
    const mask = slots.length - 1;
    let slot = print[0] & mask;
    while (slots[slot] !== 0 && !isAt((slots[slot]! - 1) * 4, print)) slot = (slot + 1) & mask;
    return slot;
  };
  const isAt = (at: number, [a, b, c, d]: Fingerprint): boolean =>
    words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d;

  const grow = () => {
    const larger = new Int32Array(words.length * 2);
    larger.set(words);
    words = larger;
    slots = new Int32Array(slots.length * 2);
    const mask = slots.length - 1;
    for (let position = 0; position < size; position += 1) {
      let slot = words[position * 4]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = position + 1;
    }
  };

  return {
    add: (claim) => {
      const print = fingerprint(claim, seed);
      if (slots[slotOf(print)] !== 0) return;
      if (size * 4 === words.length) grow();
      words.set(print, size * 4);
      size += 1;
      slots[slotOf(print)] = size;
    },
    has: (claim) => slots[slotOf(fingerprint(claim, seed))] !== 0,
    size: () => size,
  };
};
