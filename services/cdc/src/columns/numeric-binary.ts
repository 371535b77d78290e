/**
 * The binary form of numeric: digit count, weight of the first digit, sign, digits behind the point to show, and
 * digits of base 10,000. Source: PostgreSQL, numeric_send and the comment on NumericVar.
 */
import { type AvroOutput, writeLong } from './avro-output.ts';
import { readInt16, readUint16 } from './binary-integers.ts';
import { invalidValue } from './column-codec.ts';

const HEADER_BYTES = 8;
const SIGN_NEGATIVE = 0x4000;
/** Signs from here on mark NaN and the infinities. */
const SIGN_SPECIAL = 0xc000;
const SIGN_POSITIVE_INFINITY = 0xd000;
const SIGN_NEGATIVE_INFINITY = 0xf000;
/** Decimal digits in a digit of base 10,000. */
const GROUP = 4;
const powers = Array.from({ length: 16 }, (_, exponent) => 10 ** exponent);

/** A value's header; digits follow it in the source. */
interface NumericHeader {
  digits: number;
  weight: number;
  negative: boolean;
  shownScale: number;
}

/** Of the value that is being written; no two are in work at once. */
const header: NumericHeader = { digits: 0, weight: 0, negative: false, shownScale: 0 };

/** Throws `cdc.value-invalid`. */
const readHeader = (source: Buffer, start: number, length: number): NumericHeader => {
  header.digits = length < HEADER_BYTES ? -1 : readUint16(source, start);
  if (length !== HEADER_BYTES + 2 * header.digits) throw invalidValue('numeric');
  header.weight = readInt16(source, start + 2);
  header.negative = readUint16(source, start + 4) === SIGN_NEGATIVE;
  header.shownScale = readUint16(source, start + 6);
  return header;
};

export const isSpecialNumeric = (source: Buffer, start: number, length: number): boolean =>
  length >= HEADER_BYTES && readUint16(source, start + 4) >= SIGN_SPECIAL;

/** PostgreSQL's text of NaN or an infinity. */
export const specialNumericText = (source: Buffer, start: number): string => {
  const sign = readUint16(source, start + 4);
  if (sign === SIGN_POSITIVE_INFINITY) return 'Infinity';
  return sign === SIGN_NEGATIVE_INFINITY ? '-Infinity' : 'NaN';
};

/**
 * The value times 10^scale as a safe integer without a detour, or `undefined` when it may not be one.
 * Throws `cdc.value-invalid`.
 */
export const unscaledNumber = (
  source: Buffer,
  start: number,
  length: number,
  scale: number,
): number | undefined => {
  const { digits, weight, negative } = readHeader(source, start, length);
  if (digits === 0) return 0;
  // power of ten that the last digit stands for
  const exponent = GROUP * (weight + 1 - digits) + scale;
  if (digits > GROUP || exponent <= -GROUP || exponent > 15) return undefined;
  const last = start + length - 2;
  let value = 0;
  for (let at = start + HEADER_BYTES; at < last; at += 2) {
    value = value * 10_000 + readUint16(source, at);
  }
  const lastDigit = readUint16(source, last);
  if (exponent >= 0) {
    value = (value * 10_000 + lastDigit) * (powers[exponent] as number);
  } else {
    const cut = powers[-exponent] as number;
    if (lastDigit % cut !== 0) return undefined;
    value = value * (powers[GROUP + exponent] as number) + lastDigit / cut;
  }
  if (value >= Number.MAX_SAFE_INTEGER) return undefined;
  return negative ? -value : value;
};

const putGroup = (bytes: Buffer, at: number, group: number, width: number): void => {
  let rest = group;
  for (let i = at + width - 1; i >= at; i--) {
    const next = (rest / 10) | 0;
    bytes[i] = 48 + rest - next * 10;
    rest = next;
  }
};

const groupWidth = (group: number): number =>
  group >= 1000 ? 4 : group >= 100 ? 3 : group >= 10 ? 2 : 1;

const textBytes = (source: Buffer, start: number): number => {
  const { digits, weight, negative, shownScale } = header;
  const whole =
    digits === 0 || weight < 0
      ? 1
      : groupWidth(readUint16(source, start + HEADER_BYTES)) + GROUP * weight;
  return (negative ? 1 : 0) + whole + (shownScale > 0 ? 1 + shownScale : 0);
};

/** The digit of base 10,000 at a place counted from the first; those not sent are zeros. */
const groupAt = (source: Buffer, start: number, place: number): number =>
  place >= 0 && place < header.digits ? readUint16(source, start + HEADER_BYTES + 2 * place) : 0;

/** PostgreSQL's text of the value whose header was read, written at `position`. */
const putText = (source: Buffer, start: number, bytes: Buffer, position: number): void => {
  const { digits, weight, negative, shownScale } = header;
  let at = position;
  if (negative) bytes[at++] = 45;
  if (digits === 0 || weight < 0) {
    bytes[at++] = 48;
  } else {
    for (let place = 0; place <= weight; place++) {
      const group = groupAt(source, start, place);
      const width = place === 0 ? groupWidth(group) : GROUP;
      putGroup(bytes, at, group, width);
      at += width;
    }
  }
  if (shownScale === 0) return;
  bytes[at++] = 46;
  for (let shown = 0, place = weight + 1; shown < shownScale; shown += GROUP, place++) {
    const width = Math.min(GROUP, shownScale - shown);
    const group = groupAt(source, start, place);
    putGroup(bytes, at, Math.floor(group / (powers[GROUP - width] as number)), width);
    at += width;
  }
};

/** PostgreSQL's text as an Avro string. Throws `cdc.value-invalid`. */
export const writeNumericText = (
  out: AvroOutput,
  source: Buffer,
  start: number,
  length: number,
): void => {
  readHeader(source, start, length);
  const count = textBytes(source, start);
  writeLong(out, count);
  putText(source, start, out.bytes, out.position);
  out.position += count;
};

/** PostgreSQL's text, for what is too long for numbers. Throws `cdc.value-invalid`. */
export const numericText = (source: Buffer, start: number, length: number): Buffer => {
  readHeader(source, start, length);
  const text = Buffer.allocUnsafe(textBytes(source, start));
  putText(source, start, text, 0);
  return text;
};
