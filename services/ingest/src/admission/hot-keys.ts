/**
 * How many events of each Kafka key came within the last second, in bounded memory: a count-min sketch (Cormode and
 * Muthukrishnan, 2005) over two halves of a sliding window. It never counts too few, so a hot key is always found; by
 * collisions it may count too many: with 60,000 events a second a key is overcounted by more than 10 with a
 * probability of 2 %. What is done about a hot key is steps/limit-hot-keys.ts.
 */
import { randomInt } from 'node:crypto';

export interface HotKeys {
  /** Counts the event if its key had fewer than `eventsMax` within a second; false: it had, and nothing is counted. */
  take(key: Buffer, nowMs: number): boolean;
}

const rows = 4;
/** Cells a row; e / width × events is the error. 4 rows of 2 windows take 512 KiB. */
const width = 16_384;
const windowMs = 1000;

/** @param eventsMax of one key a second */
export const createHotKeys = (eventsMax: number): HotKeys => {
  // Unknown outside, so that nobody can choose keys that collide with another's.
  const seed = randomInt(2 ** 31);
  let current = new Uint32Array(rows * width);
  let previous = new Uint32Array(rows * width);
  let startedMs = Number.NEGATIVE_INFINITY;
  const cells = new Int32Array(rows);

  const turn = (nowMs: number): void => {
    if (nowMs - startedMs < windowMs) return;
    const isNext = nowMs - startedMs < 2 * windowMs;
    [previous, current] = [current, previous];
    current.fill(0);
    if (!isNext) previous.fill(0);
    startedMs = isNext ? startedMs + windowMs : nowMs;
  };

  return {
    take: (key, nowMs) => {
      turn(nowMs);
      const weight = 1 - (nowMs - startedMs) / windowMs;
      hashInto(cells, key, seed);
      let count = Number.POSITIVE_INFINITY;
      let before = Number.POSITIVE_INFINITY;
      for (const cell of cells) {
        count = Math.min(count, current[cell]!);
        before = Math.min(before, previous[cell]!);
      }
      if (count + before * weight >= eventsMax) return false;
      // Conservative update: cells that already show more belong to other keys, too, and are left alone.
      for (const cell of cells) if (current[cell]! < count + 1) current[cell] = count + 1;
      return true;
    },
  };
};

/** Two FNV-1a hashes in one pass, and the rows' cells out of them (Kirsch and Mitzenmacher, 2006). */
const hashInto = (cells: Int32Array, key: Buffer, seed: number): void => {
  let a = (0x811c9dc5 ^ seed) | 0;
  let b = (0x9e3779b9 + seed) | 0;
  for (let index = 0; index < key.length; index += 1) {
    a = Math.imul(a ^ key[index]!, 0x01000193);
    b = Math.imul(b ^ key[index]!, 0x01000197);
  }
  a = mix(a);
  b = mix(b) | 1;
  for (let row = 0; row < rows; row += 1)
    cells[row] = row * width + ((a + Math.imul(row, b)) & (width - 1));
};

/** The finalizer of MurmurHash3: FNV's low bits alone are weak. */
const mix = (hash: number): number => {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
};
