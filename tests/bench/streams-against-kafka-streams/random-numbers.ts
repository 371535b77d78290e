/**
 * Random numbers that depend on the number of an event and on nothing else: any part of a stream can be made
 * again, in any order and by any process. Source of the step: Steele, Lea, Flood, "Fast Splittable Pseudorandom
 * Number Generators" (2014), here in 32 bits.
 */
export interface RandomNumbers {
  /** Begins the numbers of an event. */
  seed(event: number): void;
  /** From 0 to before `bound`. */
  below(bound: number): number;
  /** From 0 to before 1. */
  unit(): number;
}

const GOLDEN = 0x9e3779b9;
const TWO_TO_32 = 2 ** 32;

export const createRandomNumbers = (): RandomNumbers => {
  let state = 0;
  const next = (): number => {
    state = (state + GOLDEN) | 0;
    let bits = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
    return (bits ^ (bits >>> 16)) >>> 0;
  };
  const unit = (): number => next() / TWO_TO_32;
  return {
    seed: (event) => {
      state = Math.imul(event, 0x01000193) ^ 0x5bd1e995;
      state = next();
    },
    below: (bound) => Math.floor(unit() * bound),
    unit,
  };
};
