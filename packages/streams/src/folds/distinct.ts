import type { RecordInfo } from '../record-info.ts';
import type { Fold } from './fold.ts';
import { addToRegisters, emptyRegisters, estimateOf, mergeRegisters } from './hyperloglog.ts';

/** The values themselves, as texts, or, beyond their bound, a sketch of them. */
interface Distinct {
  /** An object, since that survives in a store; null beyond the bound. */
  members: Record<string, 1> | null;
  size: number;
  registers: Uint8Array | null;
}

type Countable = string | number | bigint | boolean | null | undefined;

export interface DistinctOptions {
  /** Up to this many different values the count is exact, beyond it an estimate to 0.8 %. */
  readonly exactUpTo?: number;
}

const EXACT_UP_TO = 10_000;
const ESTIMATE_FROM = 256;

/**
 * How many different values there are; nulls are not counted. Exact for up to 10,000 of a key and window, which
 * then take their memory; beyond that an estimate by HyperLogLog from 16 KiB.
 */
export const distinct = <V>(
  of: (value: V, info: RecordInfo) => Countable,
  { exactUpTo = EXACT_UP_TO }: DistinctOptions = {},
): Fold<V, number, Distinct> => {
  const add = (distinct: Distinct, text: string): Distinct => {
    const { members, registers } = distinct;
    if (members === null) addToRegisters(registers!, text);
    else if (members[text] === undefined) {
      members[text] = 1;
      distinct.size += 1;
      if (distinct.size > exactUpTo) toSketch(distinct);
    }
    return distinct;
  };

  return {
    shape: `distinct ${exactUpTo}:v1`,
    exact: true,
    init: () => ({ members: {}, size: 0, registers: null }),
    select: (value, info) => textOf(of(value, info)),
    add: (distinct, text) => (text === null ? distinct : add(distinct, text as string)),
    merge(into, from) {
      if (from.members !== null) return Object.keys(from.members).reduce(add, into);
      toSketch(into);
      mergeRegisters(into.registers!, from.registers!);
      return into;
    },
    result: ({ members, size, registers }) => (members === null ? estimateOf(registers!) : size),
  };
};

/** How many different values there are, for small change: an estimate from 16 KiB beyond 256 of them. */
export const distinctEstimate = <V>(
  of: (value: V, info: RecordInfo) => Countable,
): Fold<V, number, Distinct> => distinct(of, { exactUpTo: ESTIMATE_FROM });

const toSketch = (distinct: Distinct): void => {
  if (distinct.members === null) return;
  const registers = emptyRegisters();
  for (const text of Object.keys(distinct.members)) addToRegisters(registers, text);
  distinct.members = null;
  distinct.registers = registers;
};

/** Values of different types are different; the first letter keeps names such as `__proto__` apart, too. */
const textOf = (value: Countable): string | null => {
  if (value === null || value === undefined) return null;
  return `${(typeof value)[0]}${typeof value === 'number' ? value + 0 : value}`;
};
