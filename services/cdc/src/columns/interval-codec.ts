/**
 * interval as microseconds, a month counted as 365.25 / 12 days, or as Debezium's ISO 8601 text. Text form: under
 * IntervalStyle iso_8601; binary form: microseconds, days, months, all at one end for the infinities (PostgreSQL 17).
 */
import { type AvroOutput, writeBigLong, writeLong, writeText } from './avro-output.ts';
import { extremeOfInt64, readInt32 } from './binary-integers.ts';
import { infinitySign, US_PER_DAY } from './calendar-text.ts';
import { type ColumnCodec, connectType, invalidValue } from './column-codec.ts';
import type { ColumnModes } from './column-modes.ts';

const INT32_MAX = 2_147_483_647;
const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);
const US_PER_MONTH = 2_629_800_000_000n;
const BIG_US_PER_DAY = BigInt(US_PER_DAY);
const ISO_INTERVAL =
  /^P(?:(-?\d+)Y)?(?:(-?\d+)M)?(?:(-?\d+)D)?(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?)(\d+)(?:\.(\d{1,6}))?S)?)?$/;

interface IntervalParts {
  months: number;
  days: number;
  micros: bigint;
  infinity: -1 | 0 | 1;
}

/** The value that is being written; no two are in work at once. */
const parts: IntervalParts = { months: 0, days: 0, micros: 0n, infinity: 0 };

const readText = (source: Buffer, start: number, length: number): void => {
  parts.infinity = infinitySign(source, start, length);
  if (parts.infinity !== 0) return;
  const fields = ISO_INTERVAL.exec(source.toString('latin1', start, start + length));
  if (fields === null || length < 3) throw invalidValue('interval');
  const whole = (group: number): number => Number(fields[group] ?? 0);
  parts.months = whole(1) * 12 + whole(2);
  parts.days = whole(3);
  const seconds = BigInt(whole(7)) * 1_000_000n + BigInt((fields[8] ?? '').padEnd(6, '0'));
  const minutes = BigInt(whole(4)) * 60n + BigInt(whole(5));
  parts.micros = minutes * 60_000_000n + (fields[6] === '-' ? -seconds : seconds);
};

const readBinary = (source: Buffer, start: number, length: number): void => {
  if (length !== 16) throw invalidValue('interval');
  parts.days = readInt32(source, start + 8);
  parts.months = readInt32(source, start + 12);
  parts.micros = source.readBigInt64BE(start);
  const end = extremeOfInt64(source, start);
  const allAt = end > 0 ? INT32_MAX : -INT32_MAX - 1;
  parts.infinity = end !== 0 && parts.days === allAt && parts.months === allAt ? end : 0;
};

const totalMicros = (): bigint =>
  BigInt(parts.months) * US_PER_MONTH + BigInt(parts.days) * BIG_US_PER_DAY + parts.micros;

const writeMicros = (out: AvroOutput): void => {
  if (parts.infinity === 0) writeBigLong(out, totalMicros());
  else writeBigLong(out, parts.infinity > 0 ? INT64_MAX : INT64_MIN);
};

/** Seconds of a minute with their fraction, the sign theirs. */
const secondsText = (micros: bigint): string => {
  const size = micros < 0n ? -micros : micros;
  const fraction = String(size % 1_000_000n)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return `${micros < 0n ? '-' : ''}${size / 1_000_000n}${fraction === '' ? '' : `.${fraction}`}`;
};

interface Fields {
  readonly date: readonly (readonly [number, string])[];
  readonly time: readonly (readonly [string, string])[];
}

const fieldsOf = (): Fields => ({
  date: [
    [Math.trunc(parts.months / 12), 'Y'],
    [parts.months % 12, 'M'],
    [parts.days, 'D'],
  ],
  time: [
    [String(parts.micros / 3_600_000_000n), 'H'],
    [String((parts.micros / 60_000_000n) % 60n), 'M'],
    [secondsText(parts.micros % 60_000_000n), 'S'],
  ],
});

/** All the fields, also those that are zero: `P1Y2M3DT4H5M6.78S`. */
const writeIso = (out: AvroOutput): void => {
  if (parts.infinity !== 0) {
    writeText(out, parts.infinity > 0 ? 'infinity' : '-infinity');
    return;
  }
  const { date, time } = fieldsOf();
  // + 0: a remainder of a negative number may be -0
  const dateText = date.map(([value, unit]) => `${value + 0}${unit}`).join('');
  writeText(out, `P${dateText}T${time.map((field) => field.join('')).join('')}`);
};

/** PostgreSQL's own text: fields that are zero are left out. */
const postgresText = (source: Buffer, start: number, length: number): string => {
  readBinary(source, start, length);
  const { date, time } = fieldsOf();
  const dateText = date.filter(([value]) => value !== 0).map((field) => field.join(''));
  const timeText = time.filter(([value]) => value !== '0').map((field) => field.join(''));
  return `P${dateText.join('')}${timeText.length === 0 ? '' : `T${timeText.join('')}`}`;
};

const outsideMicroseconds = (): boolean => {
  if (parts.infinity !== 0) return false;
  const total = totalMicros();
  return total > INT64_MAX || total < INT64_MIN;
};

/** Three parts that make less than 64 bits of microseconds whatever their signs. */
const isFarFromEnd = (source: Buffer, start: number): boolean =>
  Math.abs(readInt32(source, start)) < 2 ** 29 &&
  Math.abs(readInt32(source, start + 8)) < 30_000_000 &&
  Math.abs(readInt32(source, start + 12)) < 1_500_000;

const intervalOf = (
  schema: ColumnCodec['schema'],
  writeParts: (out: AvroOutput) => void,
  writeFallback: (out: AvroOutput) => void,
): ColumnCodec => ({
  schema,
  write: (out, source, start, length) => {
    readText(source, start, length);
    writeParts(out);
  },
  writeBinary: (out, source, start, length) => {
    readBinary(source, start, length);
    writeParts(out);
  },
  writeFallback,
});

const asNumber: ColumnCodec = {
  ...intervalOf(connectType('long', 'io.debezium.time.MicroDuration'), writeMicros, (out) =>
    writeLong(out, 0),
  ),
  // some 292,000 years: P292000Y
  isSpecial: (source, start, length) => {
    if (length < 8) return false;
    readText(source, start, length);
    return outsideMicroseconds();
  },
  isSpecialBinary: (source, start, length) => {
    if (length === 16 && isFarFromEnd(source, start)) return false;
    readBinary(source, start, length);
    return outsideMicroseconds();
  },
  specialText: postgresText,
};

const asText = intervalOf(connectType('string', 'io.debezium.time.Interval'), writeIso, (out) =>
  writeText(out, 'P0Y0M0DT0H0M0S'),
);

export const interval = (mode: ColumnModes['interval']): ColumnCodec =>
  mode === 'string' ? asText : asNumber;
