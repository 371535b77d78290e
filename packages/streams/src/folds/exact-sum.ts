import type { StateReader, StateWriter } from './state-bytes.ts';

/**
 * A sum without rounding until it is asked for, so that the order of its terms does not matter. Integers
 * are summed as such while the sum is within 2^53; after that, and for fractions, the sum is a list of doubles that do
 * not overlap and whose exact sum it is (Shewchuk, "Adaptive Precision Floating-Point Arithmetic and Fast
 * Robust Geometric Predicates", 1997). Terms that are not finite make the sum such a value, for good, held
 * as a list of one. The only limit: partial sums beyond 1.8e308 become infinite.
 */
export type ExactSum = number | number[];

/** The sum with one more term; a list is changed in place. */
export const addExactly = (sum: ExactSum, term: number): ExactSum => {
  if (typeof sum === 'number') {
    if (Number.isInteger(term)) {
      const next = sum + term;
      if (Number.isSafeInteger(next) && Number.isSafeInteger(term)) return next === 0 ? 0 : next;
    }
    return addToPartials(sum === 0 ? [] : [sum], term);
  }
  return addToPartials(sum, term);
};

/** The sum of both; `into` may be changed in place. */
export const mergeExactly = (into: ExactSum, from: ExactSum): ExactSum => {
  if (typeof from === 'number') return addExactly(into, from);
  let sum = into;
  for (const partial of from) sum = addExactly(sum, partial);
  return sum;
};

const isSpecial = (partials: readonly number[]): boolean =>
  partials.length === 1 && !Number.isFinite(partials[0]);

const addToPartials = (partials: number[], term: number): number[] => {
  if (isSpecial(partials)) {
    if (!Number.isFinite(term)) partials[0]! += term;
    return partials;
  }
  if (!Number.isFinite(term)) {
    partials.length = 1;
    partials[0] = term;
    return partials;
  }
  let carried = term;
  let kept = 0;
  for (let at = 0; at < partials.length; at += 1) {
    let small = partials[at]!;
    if (Math.abs(carried) < Math.abs(small)) [carried, small] = [small, carried];
    const high = carried + small;
    const low = small - (high - carried);
    if (low !== 0) partials[kept++] = low;
    carried = high;
  }
  if (!Number.isFinite(carried)) {
    partials.length = 1;
    partials[0] = carried;
    return partials;
  }
  partials.length = kept;
  if (carried !== 0) partials.push(carried);
  return partials;
};

/** The double nearest to the exact sum; ties to even. */
export const roundedSum = (sum: ExactSum): number => {
  if (typeof sum === 'number') return sum;
  let at = sum.length - 1;
  if (at < 0) return 0;
  let high = sum[at]!;
  let low = 0;
  while (at > 0) {
    at -= 1;
    const before = high;
    const next = sum[at]!;
    high = before + next;
    low = next - (high - before);
    if (low !== 0) break;
  }
  // Halfway between two doubles what follows decides: the rounding above did not know of it.
  if (at > 0 && Math.sign(low) === Math.sign(sum[at - 1]!)) {
    const twice = low * 2;
    const rounded = high + twice;
    if (twice === rounded - high) return rounded;
  }
  return high;
};

const PARTIALS = 1;
const INTEGER = 0;

export const writeSum = (sum: ExactSum, to: StateWriter): void => {
  if (typeof sum === 'number') {
    to.integer(INTEGER);
    to.scalar(sum);
    return;
  }
  to.integer(PARTIALS + sum.length);
  for (const partial of sum) to.double(partial);
};

export const readSum = (from: StateReader): ExactSum => {
  const kind = from.integer();
  if (kind === INTEGER) return from.scalar() as number;
  return Array.from({ length: kind - PARTIALS }, () => from.double());
};
