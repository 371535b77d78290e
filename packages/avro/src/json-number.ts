import {
  describeValue,
  type EncodeState,
  putBigInt,
  putInteger,
  report,
  reportType,
  reserve,
} from './encode-state.ts';
import type { ValueWriter } from './value-writer.ts';
import { INT64_MAX, INT64_MIN } from './varint.ts';

/** Avro's numbers out of JSON's, which are doubles: what a double cannot carry comes as text. */
export const writeInt: ValueWriter = (state, value) => {
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    return reportType(state, 'an int', value);
  }
  if ((value | 0) !== value) {
    return report(state, 'range', `the number ${value} does not fit in an int (32 bits)`);
  }
  putInteger(state, value);
};

const DIGITS = /^-?\d{1,20}$/;

/** A long: a safe integer, or digits as text for what JSON's numbers cannot carry exactly. */
export const writeLong: ValueWriter = (state, value) => {
  if (typeof value === 'number' && Number.isInteger(value)) {
    if (Number.isSafeInteger(value)) return putInteger(state, value);
    return report(
      state,
      'range',
      `the number ${value} is beyond 2^53, where JSON numbers lose digits; send it as text`,
    );
  }
  if (typeof value !== 'string' || !DIGITS.test(value)) return reportType(state, 'a long', value);
  const exact = BigInt(value);
  if (exact < INT64_MIN || exact > INT64_MAX) {
    return report(state, 'range', `${describeValue(value)} does not fit in a long (64 bits)`);
  }
  putBigInt(state, exact);
};

/** JSON has no notation for these; the text is Avro's own JSON encoding of them. */
const NON_FINITE: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

const floatingNumber = (value: unknown): number | undefined => {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && Object.hasOwn(NON_FINITE, value)
    ? NON_FINITE[value]
    : undefined;
};

/** JSON's grammar has no infinite number: its parser made one out of digits that no double can hold. */
const reportTooLarge = (state: EncodeState): void =>
  report(
    state,
    'range',
    'the number does not fit in a double (64 bits); send "Infinity" as text if it is meant',
  );

const isTooLarge = (value: unknown): boolean =>
  value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;

export const writeFloat: ValueWriter = (state, value) => {
  const number = floatingNumber(value);
  if (number === undefined) return reportType(state, 'a float', value);
  if (isTooLarge(value)) return reportTooLarge(state);
  // What rounds to the largest float fits: its shortest text, 3.4028235e38, is above it as a double.
  if (Number.isFinite(number) && !Number.isFinite(Math.fround(number))) {
    return report(state, 'range', `the number ${number} does not fit in a float (32 bits)`);
  }
  reserve(state, 4);
  state.position = state.buffer.writeFloatLE(number, state.position);
};

export const writeDouble: ValueWriter = (state, value) => {
  const number = floatingNumber(value);
  if (number === undefined) return reportType(state, 'a double', value);
  if (isTooLarge(value)) return reportTooLarge(state);
  reserve(state, 8);
  state.position = state.buffer.writeDoubleLE(number, state.position);
};
