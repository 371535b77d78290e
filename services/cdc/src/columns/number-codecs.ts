/** Booleans, integers and floats. NaN and the infinities are values of Avro's float and double. */
import { type AvroOutput, writeBigLong, writeByte, writeLong } from './avro-output.ts';
import { type AvroJson, type ColumnCodec, invalidValue } from './column-codec.ts';

/** Digits that always fit a safe integer. */
const SAFE_DIGITS = 15;

const textOf = (source: Buffer, start: number, length: number): string =>
  source.toString('latin1', start, start + length);

/** Reads up to 15 digits with a sign. Throws `cdc.value-invalid`. */
export const parseInteger = (source: Buffer, start: number, length: number): number => {
  const negative = source[start] === 45;
  const end = start + length;
  let value = 0;
  let at = negative ? start + 1 : start;
  if (at >= end) throw invalidValue('integer');
  for (; at < end; at++) {
    const digit = (source[at] as number) - 48;
    if (digit < 0 || digit > 9) throw invalidValue('integer');
    value = value * 10 + digit;
  }
  return negative ? -value : value;
};

const writeInteger = (out: AvroOutput, source: Buffer, start: number, length: number): void => {
  if (length <= SAFE_DIGITS) {
    writeLong(out, parseInteger(source, start, length));
    return;
  }
  const text = textOf(source, start, length);
  if (!/^-?\d+$/.test(text)) throw invalidValue('integer');
  writeBigLong(out, BigInt(text));
};

const integer = (schema: AvroJson): ColumnCodec => ({
  schema,
  write: writeInteger,
  writeFallback: (out) => writeLong(out, 0),
});

export const int2 = integer({ type: 'int', 'connect.type': 'int16' });
export const int4 = integer('int');
export const int8 = integer('long');

const parseFloating = (source: Buffer, start: number, length: number): number => {
  const text = textOf(source, start, length);
  const value = Number(text);
  if (length === 0 || (Number.isNaN(value) && text !== 'NaN')) throw invalidValue('float');
  return value;
};

export const float4: ColumnCodec = {
  schema: 'float',
  write: (out, source, start, length) => {
    out.bytes.writeFloatLE(parseFloating(source, start, length), out.position);
    out.position += 4;
  },
  writeFallback: (out) => {
    out.bytes.writeFloatLE(0, out.position);
    out.position += 4;
  },
};

export const float8: ColumnCodec = {
  schema: 'double',
  write: (out, source, start, length) => {
    out.bytes.writeDoubleLE(parseFloating(source, start, length), out.position);
    out.position += 8;
  },
  writeFallback: (out) => {
    out.bytes.writeDoubleLE(0, out.position);
    out.position += 8;
  },
};

export const bool: ColumnCodec = {
  schema: 'boolean',
  write: (out, source, start, length) => {
    const letter = source[start];
    if (length !== 1 || (letter !== 116 && letter !== 102)) throw invalidValue('bool');
    writeByte(out, letter === 116 ? 1 : 0);
  },
  writeFallback: (out) => writeByte(out, 0),
};
