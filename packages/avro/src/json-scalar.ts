import type { AvroEnum, AvroPrimitive } from '@millrace/contracts';
import {
  describeName,
  describeValue,
  type EncodeState,
  report,
  reportType,
  reserve,
} from './encode-state.ts';
import type { Dialect, ValueWriter } from './value-writer.ts';
import {
  INT64_MAX,
  INT64_MIN,
  VARINT_BYTES_MAX,
  writeVarint,
  writeVarintBigInt,
} from './varint.ts';

/** Avro's primitives, fixed and enums out of JSON values. Logical types are in `json-logical.ts`. */
export const primitiveWriter = (kind: AvroPrimitive, dialect: Dialect): ValueWriter => {
  switch (kind) {
    case 'null':
      return writeNull;
    case 'boolean':
      return writeBoolean;
    case 'int':
      return writeInt;
    case 'long':
      return writeLong;
    case 'float':
      return writeFloat;
    case 'double':
      return writeDouble;
    case 'string':
      return writeString;
    case 'bytes':
      return dialect === 'default' ? writeLatin1 : writeBase64;
  }
};

const writeNull: ValueWriter = (state, value) => {
  if (value !== null) reportType(state, 'null', value);
};

const writeBoolean: ValueWriter = (state, value) => {
  if (typeof value !== 'boolean') return reportType(state, 'true or false', value);
  reserve(state, 1);
  state.buffer[state.position++] = value ? 1 : 0;
};

/** Appends a safe integer. */
export const putInteger = (state: EncodeState, value: number): void => {
  reserve(state, VARINT_BYTES_MAX);
  state.position = writeVarint(state.buffer, state.position, value);
};

export const putBigInt = (state: EncodeState, value: bigint): void => {
  reserve(state, VARINT_BYTES_MAX);
  state.position = writeVarintBigInt(state.buffer, state.position, value);
};

/** Appends bytes with their length in front. */
export const putBytes = (state: EncodeState, bytes: Buffer): void => {
  putInteger(state, bytes.length);
  putRaw(state, bytes);
};

export const putRaw = (state: EncodeState, bytes: Buffer): void => {
  reserve(state, bytes.length);
  state.position += bytes.copy(state.buffer, state.position);
};

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

const FLOAT_MAX = 3.4028234663852886e38;

const writeFloat: ValueWriter = (state, value) => {
  const number = floatingNumber(value);
  if (number === undefined) return reportType(state, 'a float', value);
  if (Number.isFinite(number) && Math.abs(number) > FLOAT_MAX) {
    return report(state, 'range', `the number ${number} does not fit in a float (32 bits)`);
  }
  reserve(state, 4);
  state.position = state.buffer.writeFloatLE(number, state.position);
};

const writeDouble: ValueWriter = (state, value) => {
  const number = floatingNumber(value);
  if (number === undefined) return reportType(state, 'a double', value);
  reserve(state, 8);
  state.position = state.buffer.writeDoubleLE(number, state.position);
};

/** Up to here a string's length in UTF-8 is known to fit in one byte, whatever its characters. */
const ONE_BYTE_LENGTH_CHARACTERS_MAX = 21;

export const writeString: ValueWriter = (state, value) => {
  if (typeof value !== 'string') return reportType(state, 'a string', value);
  if (value.length <= ONE_BYTE_LENGTH_CHARACTERS_MAX) {
    reserve(state, 1 + ONE_BYTE_LENGTH_CHARACTERS_MAX * 3);
    const start = state.position + 1;
    if (putAscii(state.buffer, start, value)) {
      state.buffer[start - 1] = value.length << 1;
      state.position = start + value.length;
      return;
    }
  }
  if (!value.isWellFormed()) {
    return report(state, 'format', 'the text has half of a surrogate pair and is not Unicode');
  }
  const bytes = Buffer.byteLength(value, 'utf8');
  putInteger(state, bytes);
  reserve(state, bytes);
  state.position += state.buffer.write(value, state.position, bytes, 'utf8');
};

/** Copies short text character by character, quicker than a native call; false when not all ASCII. */
const putAscii = (buffer: Buffer, start: number, text: string): boolean => {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0x7f) return false;
    buffer[start + at] = code;
  }
  return true;
};

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** The bytes of base64 text (RFC 4648 §4, padded), or `undefined` with a problem. */
const base64Bytes = (state: EncodeState, value: unknown): Buffer | undefined => {
  if (typeof value !== 'string') {
    reportType(state, 'bytes as base64 text', value);
    return undefined;
  }
  if (value.length % 4 !== 0 || !BASE64.test(value)) {
    report(state, 'format', `expected bytes as base64 text, got ${describeValue(value)}`);
    return undefined;
  }
  return Buffer.from(value, 'base64');
};

const writeBase64: ValueWriter = (state, value) => {
  const bytes = base64Bytes(state, value);
  if (bytes !== undefined) putBytes(state, bytes);
};

const writeLatin1: ValueWriter = (state, value) => {
  if (typeof value !== 'string') return reportType(state, 'bytes as text', value);
  putBytes(state, Buffer.from(value, 'latin1'));
};

export const fixedWriter =
  (size: number, dialect: Dialect): ValueWriter =>
  (state, value) => {
    const bytes =
      dialect === 'default' && typeof value === 'string'
        ? Buffer.from(value, 'latin1')
        : base64Bytes(state, value);
    if (bytes === undefined) return;
    if (bytes.length !== size) {
      return report(state, 'range', `expected ${size} bytes, got ${bytes.length}`);
    }
    putRaw(state, bytes);
  };

export const enumWriter = ({ symbols }: AvroEnum): ValueWriter => {
  const indexes = new Map(symbols.map((symbol, index) => [symbol, index]));
  const some = symbols.slice(0, 5).map(describeName).join(', ');
  const expected = symbols.length > 5 ? `one of ${some}, …` : `one of ${some}`;
  return (state, value) => {
    const index = typeof value === 'string' ? indexes.get(value) : undefined;
    if (index !== undefined) return putInteger(state, index);
    report(state, 'symbol', `expected ${expected}, got ${describeValue(value)}`);
  };
};
