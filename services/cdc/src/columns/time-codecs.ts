/**
 * Dates, times, timestamps and intervals in Debezium's adaptive mode: milliseconds where the declared
 * precision is 3 or less, else microseconds. Infinities are Debezium's constants, or their name in text.
 */
import { type AvroOutput, copyBytes, writeBigLong, writeLong, writeText } from './avro-output.ts';
import { infinitySign, isBeforeChrist, readDate, readTime, US_PER_DAY } from './calendar-text.ts';
import { type ColumnCodec, connectType, invalidValue } from './column-codec.ts';

/** Debezium's stand-ins for `infinity` and `-infinity` in numeric timestamps. */
const POSITIVE_INFINITY = 9_223_372_036_825_200_000n;
const NEGATIVE_INFINITY = -9_223_372_036_832_400_000n;
const INT32_MAX = 2_147_483_647;

const writeZero = (out: AvroOutput): void => writeLong(out, 0);

export const date: ColumnCodec = {
  schema: connectType('int', 'io.debezium.time.Date'),
  write: (out, source, start, length) => {
    const sign = infinitySign(source, start, length);
    if (sign === 0) writeLong(out, readDate(source, start, length).days);
    else writeLong(out, sign > 0 ? INT32_MAX : -INT32_MAX - 1);
  },
  writeFallback: writeZero,
};

/** time(precision); `precision` 6 when none is declared. */
export const time = (precision: number): ColumnCodec => ({
  schema:
    precision <= 3
      ? connectType('int', 'io.debezium.time.Time')
      : connectType('long', 'io.debezium.time.MicroTime'),
  write: (out, source, start, length) => {
    const micros = readTime(source, start, start + length).microsOfDay;
    writeLong(out, precision <= 3 ? micros / 1000 : micros);
  },
  writeFallback: writeZero,
});

/** Beyond this many days microseconds since 1970 leave the safe integers. */
const SAFE_DAYS = 100_000;

const INT64_MAX = 2n ** 63n - 1n;

/** PostgreSQL counts from 2000 and so reaches 30 years further than 64 bits from 1970. */
const microsOfLargeDay = (days: number, microsOfDay: number): bigint => {
  const micros = BigInt(days) * BigInt(US_PER_DAY) + BigInt(microsOfDay);
  if (micros > INT64_MAX) throw invalidValue('timestamp (after 294247-01-10)');
  return micros;
};

export const timestamp = (precision: number): ColumnCodec => ({
  schema:
    precision <= 3
      ? connectType('long', 'io.debezium.time.Timestamp')
      : connectType('long', 'io.debezium.time.MicroTimestamp'),
  write: (out, source, start, length) => {
    const sign = infinitySign(source, start, length);
    if (sign !== 0) {
      writeBigLong(out, sign > 0 ? POSITIVE_INFINITY : NEGATIVE_INFINITY);
      return;
    }
    const { days, end } = readDate(source, start, length);
    const { microsOfDay } = readTime(source, end + 1, start + length);
    if (precision <= 3) writeLong(out, days * (US_PER_DAY / 1000) + microsOfDay / 1000);
    else if (Math.abs(days) < SAFE_DAYS) writeLong(out, days * US_PER_DAY + microsOfDay);
    else writeBigLong(out, microsOfLargeDay(days, microsOfDay));
  },
  writeFallback: writeZero,
});

const EPOCH_TEXT = '1970-01-01T00:00:00Z';
const FIXED_PART = '2026-11-22T20:50:01'.length;
const ZEROS = Buffer.from('000000');

/**
 * timestamptz as text in UTC with exactly `precision` digits of a second: `2026-11-22T20:50:01.123456Z`.
 * The session's time zone is UTC, so the text ends in +00 and only its form changes.
 */
export const timestamptz = (precision: number): ColumnCodec => ({
  schema: connectType('string', 'io.debezium.time.ZonedTimestamp'),
  write: (out, source, start, length) => {
    if (infinitySign(source, start, length) !== 0) {
      writeLong(out, length);
      copyBytes(out, source, start, length);
      return;
    }
    const beforeChrist = isBeforeChrist(source, start, length);
    const offsetAt = start + length - (beforeChrist ? 6 : 3);
    const isPlain = !beforeChrist && source[start + 10] === 32 && source[offsetAt] === 43;
    if (!isPlain || source[offsetAt + 1] !== 48 || source[offsetAt + 2] !== 48) {
      writeText(out, unusualTimestamp(source.toString('latin1', start, start + length), precision));
      return;
    }
    const digits = Math.max(offsetAt - start - FIXED_PART - 1, 0);
    writeLong(out, FIXED_PART + (precision > 0 ? 1 + precision : 0) + 1);
    const at = out.position;
    copyBytes(out, source, start, FIXED_PART);
    out.bytes[at + 10] = 84;
    if (precision > 0) {
      out.bytes[out.position++] = 46;
      copyBytes(out, source, start + FIXED_PART + 1, digits);
      copyBytes(out, ZEROS, 0, precision - digits);
    }
    out.bytes[out.position++] = 90;
  },
  writeFallback: (out) => writeText(out, EPOCH_TEXT),
});

/** Years outside 0001–9999 in ISO 8601's expanded form: `+10000-…`, `-0043-…` (44 BC is year -43). */
const unusualTimestamp = (text: string, precision: number): string => {
  const parts = /^(\d{4,})-(\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d+))?\+00( BC)?$/.exec(text);
  if (parts === null) throw invalidValue('timestamptz');
  const [, yearText, dayText, clockText, fraction = '', era] = parts;
  const year = era === undefined ? Number(yearText) : 1 - Number(yearText);
  const sign = year < 0 ? '-' : year > 9999 ? '+' : '';
  const padded = precision > 0 ? `.${fraction.padEnd(precision, '0')}` : '';
  return `${sign}${String(Math.abs(year)).padStart(4, '0')}-${dayText}T${clockText}${padded}Z`;
};

/** timetz as text in UTC, the fraction without trailing zeros: `18:50:01.5Z`. */
export const timetz: ColumnCodec = {
  schema: connectType('string', 'io.debezium.time.ZonedTime'),
  write: (out, source, start, length) => {
    const { microsOfDay, end } = readTime(source, start, start + length);
    const offset = /^([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?$/.exec(
      source.toString('latin1', end, start + length),
    );
    if (offset === null) throw invalidValue('timetz');
    const [, sign, hours, minutes = '0', seconds = '0'] = offset;
    const offsetUs = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000_000;
    const utc = microsOfDay - (sign === '-' ? -offsetUs : offsetUs);
    writeText(out, `${clockText(((utc % US_PER_DAY) + US_PER_DAY) % US_PER_DAY)}Z`);
  },
  writeFallback: (out) => writeText(out, '00:00:00Z'),
};

const clockText = (microsOfDay: number): string => {
  const seconds = Math.floor(microsOfDay / 1_000_000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  const fraction = microsOfDay % 1_000_000;
  return fraction === 0
    ? clock
    : `${clock}.${String(fraction).padStart(6, '0').replace(/0+$/, '')}`;
};

/** A month counts 365.25 / 12 days, as in Debezium. */
const US_PER_MONTH = 2_629_800_000_000n;
const ISO_INTERVAL =
  /^P(?:(-?\d+)Y)?(?:(-?\d+)M)?(?:(-?\d+)D)?(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?)(\d+)(?:\.(\d{1,6}))?S)?)?$/;

/** interval under IntervalStyle iso_8601 as microseconds. */
export const interval: ColumnCodec = {
  schema: connectType('long', 'io.debezium.time.MicroDuration'),
  write: (out, source, start, length) => {
    const sign = infinitySign(source, start, length);
    if (sign !== 0) {
      writeBigLong(out, sign > 0 ? 2n ** 63n - 1n : -(2n ** 63n));
      return;
    }
    const parts = ISO_INTERVAL.exec(source.toString('latin1', start, start + length));
    if (parts === null) throw invalidValue('interval');
    const whole = (group: number): bigint => BigInt(parts[group] ?? '0');
    const seconds = whole(7) * 1_000_000n + BigInt((parts[8] ?? '').padEnd(6, '0'));
    const minutes = whole(4) * 60n + whole(5);
    writeBigLong(
      out,
      (whole(1) * 12n + whole(2)) * US_PER_MONTH +
        whole(3) * BigInt(US_PER_DAY) +
        minutes * 60_000_000n +
        (parts[6] === '-' ? -seconds : seconds),
    );
  },
  writeFallback: writeZero,
};
