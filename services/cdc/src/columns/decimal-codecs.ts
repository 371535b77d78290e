/**
 * numeric and money as exact decimals: an unscaled integer in two's complement, most significant byte
 * first. NaN and the infinities have no such form: they are special values (null, or zero where the
 * column is NOT NULL, named in a header of the record).
 */
import { type AvroOutput, copyBytes, writeByte, writeLong } from './avro-output.ts';
import { type ColumnCodec, invalidValue } from './column-codec.ts';

const SAFE_DIGITS = 15;

/** Bytes of the shortest two's complement form. */
const bytesOfNumber = (value: number): number => {
  let bytes = 1;
  for (let limit = 128; value < -limit || value >= limit; limit *= 256) bytes++;
  return bytes;
};

const writeUnscaledNumber = (out: AvroOutput, value: number): void => {
  const length = bytesOfNumber(value);
  writeLong(out, length);
  for (let shift = length - 1; shift >= 0; shift--) {
    writeByte(out, Math.floor(value / 256 ** shift) & 0xff);
  }
};

const writeUnscaledBigInt = (out: AvroOutput, value: bigint): void => {
  const magnitude = value < 0n ? -value - 1n : value;
  const bits = magnitude === 0n ? 0 : magnitude.toString(2).length;
  const length = Math.floor(bits / 8) + 1;
  const hex = BigInt.asUintN(length * 8, value)
    .toString(16)
    .padStart(length * 2, '0');
  writeLong(out, length);
  copyBytes(out, Buffer.from(hex, 'hex'), 0, length);
};

interface Digits {
  /** Digits behind the point. */
  readonly fraction: number;
}

/**
 * Writes the digits of a decimal text, the point left out, shifted left by `zeros` further digits, or
 * right when negative (a negative scale: those digits are zeros).
 */
const writeUnscaled = (
  out: AvroOutput,
  source: Buffer,
  start: number,
  length: number,
  shiftFor: (digits: Digits) => number,
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
  const shift = shiftFor({ fraction: Math.max(fraction, 0) });
  if (digits <= SAFE_DIGITS && shift === 0) {
    writeUnscaledNumber(out, negative ? -value : value);
    return;
  }
  const text = source.toString('latin1', start, end).replace('.', '');
  const unscaled = BigInt(text);
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

/** numeric(precision, scale) as Kafka Connect's Decimal; the scale may be negative. */
export const decimal = (precision: number, scale: number): ColumnCodec => ({
  schema: {
    type: 'bytes',
    scale,
    precision,
    'connect.version': 1,
    'connect.parameters': { scale: String(scale), 'connect.decimal.precision': String(precision) },
    'connect.name': 'org.apache.kafka.connect.data.Decimal',
    logicalType: 'decimal',
  },
  write: (out, source, start, length) =>
    writeUnscaled(out, source, start, length, ({ fraction }) => scale - fraction),
  writeFallback: (out) => writeUnscaledNumber(out, 0),
  isSpecial,
});

/** The name that a second use within one schema refers to. */
export const VARIABLE_SCALE_DECIMAL = 'io.debezium.data.VariableScaleDecimal';

const fractionDigits = (source: Buffer, start: number, length: number): number => {
  const point = source.subarray(start, start + length).indexOf(46);
  return point === -1 ? 0 : length - point - 1;
};

/** numeric without a declared scale: every value carries its own. */
export const variableScaleDecimal: ColumnCodec = {
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
    writeLong(out, fractionDigits(source, start, length));
    writeUnscaled(out, source, start, length, () => 0);
  },
  writeFallback: (out) => {
    writeLong(out, 0);
    writeUnscaledNumber(out, 0);
  },
  isSpecial,
};

/** money under lc_monetary = C: `-$1,234.11`; two digits behind the point. */
export const money: ColumnCodec = {
  ...decimal(19, 2),
  schema: {
    type: 'bytes',
    scale: 2,
    precision: 64,
    'connect.version': 1,
    'connect.parameters': { scale: '2' },
    'connect.name': 'org.apache.kafka.connect.data.Decimal',
    logicalType: 'decimal',
  },
  write: (out, source, start, length) => {
    const plain = source.toString('latin1', start, start + length).replaceAll(/[$,]/g, '');
    writeUnscaled(out, Buffer.from(plain), 0, plain.length, ({ fraction }) => 2 - fraction);
  },
};
