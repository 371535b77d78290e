/**
 * Values of Parquet with all their digits. hyparquet makes milliseconds of every timestamp and a floating number of every
 * decimal (1.15 becomes 1.1500000000000001), and does not tell the units of a time of day. Its parsers are told a value and not
 * its column, so each such column gets a type whose unit is asked for right before the values of a page are parsed.
 */
import type { FileMetaData, SchemaElement } from 'hyparquet';

type Convert = (value: unknown) => unknown;

/** Of a second, how many there are of a unit, and how many digits that is. */
const perMs = { MILLIS: 1n, MICROS: 1_000n, NANOS: 1_000_000n } as const;
type Unit = keyof typeof perMs;

const floorDiv = (value: bigint, by: bigint): bigint => value / by - (value % by < 0n ? 1n : 0n);

/** Digits of less than a millisecond, without zeros at their end. */
const restOf = (rest: bigint, by: bigint): string =>
  rest === 0n
    ? ''
    : String(rest)
        .padStart(String(by).length - 1, '0')
        .replace(/0+$/, '');

/** A Date of milliseconds; of finer units ISO 8601 with all digits, so that a column is of one kind. */
const momentOf =
  (unit: Unit): Convert =>
  (value) => {
    const by = perMs[unit];
    const units = BigInt(value as bigint);
    const ms = floorDiv(units, by);
    const rest = restOf(units - ms * by, by);
    const date = new Date(Number(ms));
    if (unit === 'MILLIS' || Number.isNaN(date.getTime())) return date;
    return date.toISOString().replace('Z', `${rest}Z`);
  };

/** `23:59:59.123456` */
const clockOf =
  (unit: Unit): Convert =>
  (value) => {
    const by = perMs[unit];
    const units = BigInt(value as bigint | number);
    const ms = floorDiv(units, by);
    // A time of day that is none is refused where it is encoded.
    if (ms < 0n || ms >= 86_400_000n) return String(units);
    const text = new Date(Number(ms)).toISOString().slice(11, -1);
    return `${text}${restOf(units - ms * by, by)}`;
  };

const unscaledOf = (value: unknown): bigint => {
  if (!(value instanceof Uint8Array)) return BigInt(value as bigint | number);
  if (value.length === 0) return 0n;
  return BigInt.asIntN(value.length * 8, BigInt(`0x${Buffer.from(value).toString('hex')}`));
};

/** A decimal of more digits than a number keeps. */
export class LongDecimal {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toJSON(): string {
    return this.text;
  }
}

/** A number where that says exactly this, in at most fifteen digits. */
const decimalOf =
  (scale: number): Convert =>
  (value) => {
    const unscaled = unscaledOf(value);
    const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
    const whole = digits.slice(0, digits.length - scale);
    const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
    const text = `${unscaled < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
    return whole.length + fraction.length <= 15 ? Number(text) : new LongDecimal(text);
  };

const unitOf = ({ converted_type: type, logical_type: logical }: SchemaElement): Unit =>
  logical !== undefined && 'unit' in logical
    ? logical.unit
    : type?.endsWith('MICROS')
      ? 'MICROS'
      : 'MILLIS';

const convertOf = (element: SchemaElement): Convert | undefined => {
  const { converted_type: type, logical_type: logical } = element;
  if (type === 'DECIMAL' || logical?.type === 'DECIMAL')
    return decimalOf(element.scale ?? (logical?.type === 'DECIMAL' ? logical.scale : 0));
  if (type?.startsWith('TIMESTAMP_') || logical?.type === 'TIMESTAMP')
    return momentOf(unitOf(element));
  if (type?.startsWith('TIME_') || logical?.type === 'TIME') return clockOf(unitOf(element));
  return undefined;
};

let current: Convert = (value) => value;

/** The metadata with types of which the parsers below make exact values. */
export const exactMetadata = (metadata: FileMetaData): FileMetaData => ({
  ...metadata,
  schema: metadata.schema.map((element) => {
    const convert = convertOf(element);
    if (convert === undefined) return element;
    const { converted_type: _, ...rest } = element;
    return {
      ...rest,
      logical_type: {
        ...({ type: 'TIMESTAMP', isAdjustedToUTC: true } as const),
        // Asked for once for the values of a page, which are parsed right then.
        get unit() {
          current = convert;
          return 'MILLIS' as const;
        },
      },
    };
  }),
});

/** Those that hyparquet has, but for times. */
export const exactParsers = () => ({
  timestampFromMilliseconds: (value: unknown) =>
    (value === undefined ? value : current(value)) as Date,
  timestampFromMicroseconds: (value: bigint) => momentOf('MICROS')(value) as Date,
  timestampFromNanoseconds: (value: bigint) => momentOf('NANOS')(value) as Date,
});
