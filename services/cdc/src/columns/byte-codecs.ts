/** bytea in Debezium's four modes, and bit strings. */
import { type AvroOutput, writeByte, writeLong, writeSlice, writeText } from './avro-output.ts';
import { type ColumnCodec, connectType, invalidValue } from './column-codec.ts';
import type { ColumnModes } from './column-modes.ts';
import { bool } from './number-codecs.ts';
import { UNAVAILABLE_VALUE } from './text-codecs.ts';

const nibble = (byte: number | undefined): number => {
  if (byte === undefined) return -1;
  if (byte >= 48 && byte <= 57) return byte - 48;
  if (byte >= 97 && byte <= 102) return byte - 87;
  if (byte >= 65 && byte <= 70) return byte - 55;
  return -1;
};

/** Hexadecimal digits as an Avro bytes value. Throws `cdc.value-invalid`. */
export const writeHexDigits = (
  out: AvroOutput,
  source: Buffer,
  start: number,
  length: number,
): void => {
  if (length % 2 !== 0) throw invalidValue('bytea');
  writeLong(out, length / 2);
  for (let i = start; i < start + length; i += 2) {
    const byte = (nibble(source[i]) << 4) | nibble(source[i + 1]);
    if (byte < 0) throw invalidValue('bytea');
    writeByte(out, byte);
  }
};

/** bytea_output = hex: \x and two digits per byte. */
const checkPrefix = (source: Buffer, start: number, length: number): void => {
  if (length < 2 || length % 2 !== 0 || source[start] !== 92 || source[start + 1] !== 120) {
    throw invalidValue('bytea');
  }
};

const encoders = {
  base64: (bytes: Buffer) => bytes.toString('base64'),
  // with padding, as Java's encoder
  'base64-url-safe': (bytes: Buffer) =>
    bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_'),
  hex: (bytes: Buffer) => bytes.toString('hex'),
} as const;

export const bytea = (mode: ColumnModes['binary']): ColumnCodec => {
  const codec: ColumnCodec = {
    schema: 'bytes',
    write: (out, source, start, length) => {
      checkPrefix(source, start, length);
      writeHexDigits(out, source, start + 2, length - 2);
    },
    writeBinary: writeSlice,
    writeFallback: (out) => writeLong(out, 0),
    writeUnavailable: (out) => writeText(out, UNAVAILABLE_VALUE),
  };
  if (mode === 'bytes') return codec;
  const encode = encoders[mode];
  return {
    ...codec,
    schema: 'string',
    write: (out, source, start, length) => {
      checkPrefix(source, start, length);
      const bytes = Buffer.from(source.toString('latin1', start + 2, start + length), 'hex');
      if (bytes.length !== length / 2 - 1) throw invalidValue('bytea');
      writeText(out, encode(bytes));
    },
    writeBinary: (out, source, start, length) =>
      writeText(out, encode(source.subarray(start, start + length))),
  };
};

/** What Debezium takes for the length of varbit without one. */
const UNLIMITED = 2_147_483_647;

type IsSet = (source: Buffer, start: number, index: number) => boolean;
const isSetInText: IsSet = (source, start, index) => source[start + index] === 49;
const isSetInBinary: IsSet = (source, start, index) =>
  ((source[start + (index >> 3)] as number) & (0x80 >> (index & 7))) !== 0;

/** Little endian, the last bit of the string first, no zero bytes at the end. */
const writeBits = (
  out: AvroOutput,
  source: Buffer,
  start: number,
  count: number,
  isSet: IsSet,
): void => {
  let first = 0;
  while (first < count && !isSet(source, start, first)) first++;
  const byteCount = Math.ceil((count - first) / 8);
  writeLong(out, byteCount);
  for (let i = 0; i < byteCount; i++) {
    let byte = 0;
    for (let bit = 0; bit < 8; bit++) {
      const index = count - 1 - 8 * i - bit;
      if (index >= first && isSet(source, start, index)) byte |= 1 << bit;
    }
    writeByte(out, byte);
  }
};

const checkBits = (source: Buffer, start: number, length: number): void => {
  for (let i = start; i < start + length; i++) {
    if (source[i] !== 48 && source[i] !== 49) throw invalidValue('bit');
  }
};

const bitCount = (source: Buffer, start: number, length: number): number => {
  const count = length < 4 ? -1 : source.readInt32BE(start);
  if (count < 0 || Math.ceil(count / 8) !== length - 4) throw invalidValue('bit');
  return count;
};

const oneBit: ColumnCodec = {
  schema: bool.schema,
  write: (out, source, start, length) => {
    checkBits(source, start, length);
    writeByte(out, length > 0 && isSetInText(source, start, length - 1) ? 1 : 0);
  },
  writeBinary: (out, source, start, length) => {
    const count = bitCount(source, start, length);
    writeByte(out, count > 0 && isSetInBinary(source, start + 4, count - 1) ? 1 : 0);
  },
  writeFallback: (out) => writeByte(out, 0),
};

/** bit(length) or varbit(length): a boolean when one bit long; -1 stands for no limit. */
export const bits = (length: number): ColumnCodec => {
  if (length === 1) return oneBit;
  const parameters = { length: String(length < 0 ? UNLIMITED : length) };
  return {
    schema: connectType('bytes', 'io.debezium.data.Bits', parameters),
    write: (out, source, start, size) => {
      checkBits(source, start, size);
      writeBits(out, source, start, size, isSetInText);
    },
    writeBinary: (out, source, start, size) =>
      writeBits(out, source, start + 4, bitCount(source, start, size), isSetInBinary),
    writeFallback: (out) => writeLong(out, 0),
    writeUnavailable: (out) => writeText(out, UNAVAILABLE_VALUE),
  };
};
