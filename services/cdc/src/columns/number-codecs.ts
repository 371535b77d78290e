/** Booleans, integers and floats. NaN and the infinities are values of Avro's float and double. */
import { type AvroOutput, writeBigLong, writeByte, writeLong } from './avro-output.ts';
import { readInt16, readInt32, readSafeInt64 } from './binary-integers.ts';
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

type WriteBinary = NonNullable<ColumnCodec['writeBinary']>;

/** An integer of 64 bits in network byte order. */
export const writeInt64: WriteBinary = (out, source, start, length) => {
  if (length !== 8) throw invalidValue('integer');
  const value = readSafeInt64(source, start);
  if (value === undefined) writeBigLong(out, source.readBigInt64BE(start));
  else writeLong(out, value);
};

const integer = (
  schema: AvroJson,
  bytes: number,
  read: (source: Buffer, at: number) => number,
): ColumnCodec => ({
  schema,
  write: writeInteger,
  writeBinary: (out, source, start, length) => {
    if (length !== bytes) throw invalidValue('integer');
    writeLong(out, read(source, start));
  },
  writeFallback: (out) => writeLong(out, 0),
});

export const int2 = integer({ type: 'int', 'connect.type': 'int16' }, 2, readInt16);
export const int4 = integer('int', 4, readInt32);
export const int8: ColumnCodec = { ...integer('long', 8, readInt32), writeBinary: writeInt64 };
/** An unsigned integer of 32 bits. */
export const oid = integer('long', 4, (source, at) => readInt32(source, at) >>> 0);

/** A number from its text. Throws `cdc.value-invalid`. */
export const parseFloating = (source: Buffer, start: number, length: number): number => {
  const text = textOf(source, start, length);
  const value = Number(text);
  if (length === 0 || (Number.isNaN(value) && text !== 'NaN')) throw invalidValue('float');
  return value;
};

const writeFloat = (out: AvroOutput, value: number): void => {
  out.bytes.writeFloatLE(value, out.position);
  out.position += 4;
};

/** An Avro double. */
export const writeDouble = (out: AvroOutput, value: number): void => {
  out.bytes.writeDoubleLE(value, out.position);
  out.position += 8;
};

/** Text knows one NaN only: sign and payload of a binary one are dropped. */
const withoutPayload = (value: number): number => (Number.isNaN(value) ? Number.NaN : value);

export const float4: ColumnCodec = {
  schema: 'float',
  write: (out, source, start, length) => writeFloat(out, parseFloating(source, start, length)),
  writeBinary: (out, source, start, length) => {
    if (length !== 4) throw invalidValue('float');
    writeFloat(out, withoutPayload(source.readFloatBE(start)));
  },
  writeFallback: (out) => writeFloat(out, 0),
};

export const float8: ColumnCodec = {
  schema: 'double',
  write: (out, source, start, length) => writeDouble(out, parseFloating(source, start, length)),
  writeBinary: (out, source, start, length) => {
    if (length !== 8) throw invalidValue('float');
    writeDouble(out, withoutPayload(source.readDoubleBE(start)));
  },
  writeFallback: (out) => writeDouble(out, 0),
};

export const bool: ColumnCodec = {
  schema: 'boolean',
  write: (out, source, start, length) => {
    const letter = source[start];
    if (length !== 1 || (letter !== 116 && letter !== 102)) throw invalidValue('bool');
    writeByte(out, letter === 116 ? 1 : 0);
  },
  writeBinary: (out, source, start, length) => {
    if (length !== 1) throw invalidValue('bool');
    writeByte(out, source[start] === 0 ? 0 : 1);
  },
  writeFallback: (out) => writeByte(out, 0),
};
