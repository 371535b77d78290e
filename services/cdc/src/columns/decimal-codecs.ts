/**
 * numeric and money in Debezium's decimal modes. In mode precise they are exact decimals: an unscaled integer in two's complement, most significant byte
 * first. NaN and the infinities have no such form: they are special values (null, or zero where the
 * column is NOT NULL, named in a header of the record).
 */
import { type AvroOutput, copyBytes, writeLong, writeSlice, writeText } from './avro-output.ts';
import { type ColumnCodec, invalidValue } from './column-codec.ts';
import type { ColumnModes } from './column-modes.ts';
import { float8, parseFloating, writeDouble } from './number-codecs.ts';
import {
  isSpecialNumeric,
  numericText,
  specialNumericText,
  unscaledNumber,
  writeNumericText,
} from './numeric-binary.ts';

const SAFE_DIGITS = 15;

/** Bytes of the shortest two's complement form. */
const bytesOfNumber = (value: number): number => {
  let bytes = 1;
  for (let limit = 128; value < -limit || value >= limit; limit *= 256) bytes++;
  return bytes;
};

const HIGH_UNIT = 2 ** 32;

const writeUnscaledNumber = (out: AvroOutput, value: number): void => {
  const length = bytesOfNumber(value);
  const high = Math.floor(value / HIGH_UNIT);
  const low = value >>> 0;
  writeLong(out, length);
  const { bytes } = out;
  let at = out.position;
  for (let shift = (length - 1) * 8; shift >= 0; shift -= 8) {
    bytes[at++] = shift >= 32 ? high >> (shift - 32) : low >> shift;
  }
  out.position = at;
};

const writeUnscaledBigInt = (out: AvroOutput, value: bigint): void => {
  const magnitude = value < 0n ? -value - 1n : value;
  const digits = magnitude.toString(16);
  // one more bit for the sign
  const needsByte = digits.length % 2 === 0 && Number.parseInt(digits[0] as string, 16) >= 8;
  const length = Math.ceil(digits.length / 2) + (needsByte ? 1 : 0);
  const hex = value < 0n ? BigInt.asUintN(length * 8, value).toString(16) : digits;
  writeLong(out, length);
  copyBytes(out, Buffer.from(hex.padStart(length * 2, '0'), 'hex'), 0, length);
};

const pointOf = (source: Buffer, start: number, end: number): number => {
  for (let at = start; at < end; at++) if (source[at] === 46) return at;
  return -1;
};

/** Writes a decimal text times 10^scale; what is behind that must be zeros. Throws `cdc.value-invalid`. */
const writeUnscaled = (
  out: AvroOutput,
  source: Buffer,
  start: number,
  length: number,
  scale: number,
): void => {
  let value = 0;
  let digits = 0;
  let fraction = -1;
  const end = start + length;
  const negative = source[start] === 45;
  for (let at = negative ? start + 1 : start; at < end; at++) {
    const byte = source[at] as number;
    if (byte === 46 && fraction < 0) {
      fraction = 0;
    } else if (byte >= 48 && byte <= 57) {
      value = value * 10 + byte - 48;
      digits++;
      if (fraction >= 0) fraction++;
    } else {
      throw invalidValue('numeric');
    }
  }
  if (digits === 0) throw invalidValue('numeric');
  const shift = scale - Math.max(fraction, 0);
  if (digits <= SAFE_DIGITS && shift === 0) {
    writeUnscaledNumber(out, negative ? -value : value);
    return;
  }
  const unscaled = BigInt(source.toString('latin1', start, end).replace('.', ''));
  writeUnscaledBigInt(
    out,
    shift >= 0 ? unscaled * 10n ** BigInt(shift) : unscaled / 10n ** BigInt(-shift),
  );
};

/** 'NaN', 'Infinity' and '-Infinity' begin with a letter, or with a sign before one. */
const isSpecial = (source: Buffer, start: number, length: number): boolean => {
  const first = source[start] === 45 && length > 1 ? source[start + 1] : source[start];
  return first === 78 || first === 73;
};

const NAN_NAMES: Readonly<Record<string, string>> = {
  NaN: 'NAN',
  Infinity: 'POSITIVE_INFINITY',
  '-Infinity': 'NEGATIVE_INFINITY',
};

/** As a double: the nearest one, NaN and the infinities included. */
const asDouble: ColumnCodec = {
  ...float8,
  writeBinary: (out, source, start, length) => {
    if (isSpecialNumeric(source, start, length)) {
      writeDouble(out, Number(specialNumericText(source, start)));
    } else {
      const text = numericText(source, start, length);
      writeDouble(out, parseFloating(text, 0, text.length));
    }
  },
};

/** As PostgreSQL's text, without an exponent; NaN and the infinities by Debezium's names. */
const asText: ColumnCodec = {
  schema: 'string',
  write: (out, source, start, length) => {
    if (isSpecial(source, start, length)) {
      writeText(out, NAN_NAMES[source.toString('latin1', start, start + length)] ?? 'NAN');
    } else writeSlice(out, source, start, length);
  },
  writeBinary: (out, source, start, length) => {
    if (isSpecialNumeric(source, start, length)) {
      writeText(out, NAN_NAMES[specialNumericText(source, start)] ?? 'NAN');
    } else writeNumericText(out, source, start, length);
  },
  writeFallback: (out) => writeText(out, '0'),
};

/**
 * How long a value may become that PostgreSQL sends in a few bytes, as 1e90: a record's room is reckoned from the
 * bytes that came (`envelope/table-writer.ts`), so beyond this the column is taken as text.
 */
const BINARY_DIGITS_MAX = 60;

const withoutBinary = ({ writeBinary: _, ...codec }: ColumnCodec): ColumnCodec => codec;
const textOnlyAsText = withoutBinary(asText);

/** numeric(precision, scale) as Kafka Connect's Decimal. */
const preciseDecimal = (precision: number, scale: number): ColumnCodec => ({
  schema: {
    type: 'bytes',
    scale,
    precision,
    'connect.version': 1,
    'connect.parameters': { scale: String(scale), 'connect.decimal.precision': String(precision) },
    'connect.name': 'org.apache.kafka.connect.data.Decimal',
    logicalType: 'decimal',
  },
  write: (out, source, start, length) => writeUnscaled(out, source, start, length, scale),
  ...(precision > BINARY_DIGITS_MAX
    ? {}
    : {
        writeBinary: (out, source, start, length) => {
          const value = unscaledNumber(source, start, length, scale);
          if (value !== undefined) writeUnscaledNumber(out, value);
          else {
            const text = numericText(source, start, length);
            writeUnscaled(out, text, 0, text.length, scale);
          }
        },
        isSpecialBinary: isSpecialNumeric,
        specialText: specialNumericText,
      }),
  writeFallback: (out) => writeUnscaledNumber(out, 0),
  isSpecial,
});

/** The name that a second use within one schema refers to. */
export const VARIABLE_SCALE_DECIMAL = 'io.debezium.data.VariableScaleDecimal';

/** numeric without a declared scale: every value carries its own, zeros at its end left out as in Debezium. */
const variableScaleDecimal: ColumnCodec = {
  schema: {
    type: 'record',
    name: 'VariableScaleDecimal',
    namespace: 'io.debezium.data',
    fields: [
      { name: 'scale', type: 'int' },
      { name: 'value', type: 'bytes' },
    ],
    'connect.doc': 'Variable scaled decimal',
    'connect.version': 1,
    'connect.name': VARIABLE_SCALE_DECIMAL,
  },
  write: (out, source, start, length) => {
    let end = start + length;
    const point = pointOf(source, start, end);
    if (point >= 0) {
      while (source[end - 1] === 48) end--;
      if (end - 1 === point) end = point;
    }
    const scale = end > point && point >= 0 ? Math.max(end - point - 1, 0) : 0;
    writeLong(out, scale);
    writeUnscaled(out, source, start, end - start, scale);
  },
  writeFallback: (out) => {
    writeLong(out, 0);
    writeUnscaledNumber(out, 0);
  },
  isSpecial,
};

/** numeric without a declared precision, of up to 147,455 digits. */
export const unboundedDecimal = (mode: ColumnModes['decimal']): ColumnCodec => {
  if (mode === 'double') return asDouble;
  return mode === 'string' ? textOnlyAsText : variableScaleDecimal;
};

/** numeric(precision, scale); the scale may be negative, or greater than the precision. */
export const decimal = (
  precision: number,
  scale: number,
  mode: ColumnModes['decimal'],
): ColumnCodec => {
  if (mode === 'double') return asDouble;
  const digits = Math.max(precision, scale, precision - scale);
  // Avro's scale is from 0 to the precision: one that is not makes the schema of the whole table unreadable
  if (mode === 'precise') return preciseDecimal(digits, Math.max(scale, 0));
  return digits > BINARY_DIGITS_MAX ? textOnlyAsText : asText;
};

const MONEY_SCALE = 2;

/** `-$1,234.11` without its ornaments. */
const plainMoney = (source: Buffer, start: number, length: number): Buffer =>
  Buffer.from(source.toString('latin1', start, start + length).replaceAll(/[$,]/g, ''));

/** The binary form is cents in 64 bits. */
const moneyText = (source: Buffer, start: number, length: number): Buffer => {
  if (length !== 8) throw invalidValue('money');
  const cents = source.readBigInt64BE(start);
  const digits = String(cents < 0n ? -cents : cents).padStart(MONEY_SCALE + 1, '0');
  const cut = digits.length - MONEY_SCALE;
  return Buffer.from(`${cents < 0n ? '-' : ''}${digits.slice(0, cut)}.${digits.slice(cut)}`);
};

const moneySchema = {
  type: 'bytes',
  scale: MONEY_SCALE,
  precision: 64,
  'connect.version': 1,
  'connect.parameters': { scale: String(MONEY_SCALE) },
  'connect.name': 'org.apache.kafka.connect.data.Decimal',
  logicalType: 'decimal',
} as const;

type WritePlain = (out: AvroOutput, source: Buffer, start: number, length: number) => void;

const moneyOf = (
  schema: ColumnCodec['schema'],
  writePlain: WritePlain,
  writeFallback: ColumnCodec['writeFallback'],
): ColumnCodec => ({
  schema,
  write: (out, source, start, length) => {
    const plain = plainMoney(source, start, length);
    writePlain(out, plain, 0, plain.length);
  },
  writeBinary: (out, source, start, length) => {
    const plain = moneyText(source, start, length);
    writePlain(out, plain, 0, plain.length);
  },
  writeFallback,
});

const moneyCodecs = {
  precise: moneyOf(
    moneySchema,
    (out, source, start, length) => writeUnscaled(out, source, start, length, MONEY_SCALE),
    (out) => writeUnscaledNumber(out, 0),
  ),
  double: moneyOf('double', float8.write, float8.writeFallback),
  string: moneyOf('string', writeSlice, (out) => writeText(out, '0.00')),
} as const;

/** money under lc_monetary = C; two digits behind the point. */
export const money = (mode: ColumnModes['decimal']): ColumnCodec => moneyCodecs[mode];
