/**
 * timestamp in Debezium's time modes, timestamptz as text in UTC. The binary form of both is microseconds from
 * 2000-01-01 in 64 bits, whose ends are the infinities. Both forms are read to the same moment, which is then
 * written; only the usual text of a timestamptz is copied.
 */
import { type AvroOutput, copyBytes, writeBigLong, writeLong, writeText } from './avro-output.ts';
import { extremeOfInt64, readInt32, readSafeInt64 } from './binary-integers.ts';
import { isBeforeChrist, type Moment, readTimestampText, US_PER_DAY } from './calendar-text.ts';
import { type ColumnCodec, connectType, invalidValue } from './column-codec.ts';
import type { ColumnModes } from './column-modes.ts';
import { postgresTimestampText, writeIsoTimestamp } from './iso-text.ts';
import { connectLogicalType, POSTGRES_EPOCH_DAYS } from './time-codecs.ts';

/** Debezium's stand-ins for `infinity` and `-infinity` in microseconds; in milliseconds a thousandth of them. */
const POSITIVE_INFINITY = 9_223_372_036_825_200_000n;
const NEGATIVE_INFINITY = -9_223_372_036_832_400_000n;
const INT64_MAX = 2n ** 63n - 1n;
/** Beyond this many days microseconds since 1970 leave the safe integers. */
const SAFE_DAYS = 100_000;
/** Whole days that nanoseconds in 64 bits reach from 1970. */
const NANOSECOND_DAYS = 106_751;
const BIG_US_PER_DAY = BigInt(US_PER_DAY);

/** The value that is being written; no two are in work at once. */
const moment: Moment = { days: 0, microsOfDay: 0, infinity: 0 };

const readText = (source: Buffer, start: number, length: number): void => {
  const end = readTimestampText(moment, source, start, length);
  if (end !== start + length - (isBeforeChrist(source, start, length) ? 3 : 0)) {
    throw invalidValue('timestamp');
  }
};

const readBinary = (source: Buffer, start: number, length: number): void => {
  if (length !== 8) throw invalidValue('timestamp');
  const micros = readSafeInt64(source, start);
  if (micros !== undefined) {
    const days = Math.floor(micros / US_PER_DAY);
    moment.infinity = 0;
    moment.days = days + POSTGRES_EPOCH_DAYS;
    moment.microsOfDay = micros - days * US_PER_DAY;
    return;
  }
  moment.infinity = extremeOfInt64(source, start);
  if (moment.infinity !== 0) return;
  const large = source.readBigInt64BE(start);
  const days = large / BIG_US_PER_DAY - (large < 0n && large % BIG_US_PER_DAY !== 0n ? 1n : 0n);
  moment.days = Number(days) + POSTGRES_EPOCH_DAYS;
  moment.microsOfDay = Number(large - days * BIG_US_PER_DAY);
};

const microsOfMoment = (): bigint =>
  BigInt(moment.days) * BIG_US_PER_DAY + BigInt(moment.microsOfDay);

const writeMillis = (out: AvroOutput): void => {
  if (moment.infinity === 0) {
    writeLong(out, moment.days * (US_PER_DAY / 1000) + Math.floor(moment.microsOfDay / 1000));
  } else writeBigLong(out, (moment.infinity > 0 ? POSITIVE_INFINITY : NEGATIVE_INFINITY) / 1000n);
};

const writeMicros = (out: AvroOutput): void => {
  if (moment.infinity !== 0) {
    writeBigLong(out, moment.infinity > 0 ? POSITIVE_INFINITY : NEGATIVE_INFINITY);
  } else if (Math.abs(moment.days) < SAFE_DAYS) {
    writeLong(out, moment.days * US_PER_DAY + moment.microsOfDay);
  } else writeBigLong(out, microsOfMoment());
};

const writeNanos = (out: AvroOutput): void => writeBigLong(out, microsOfMoment() * 1000n);

const writeIso = (out: AvroOutput, fractionDigits: number | undefined): void => {
  if (moment.infinity !== 0) writeText(out, moment.infinity > 0 ? 'infinity' : '-infinity');
  else writeIsoTimestamp(out, moment.days, moment.microsOfDay, fractionDigits);
};

const timestampOf = (
  schema: ColumnCodec['schema'],
  writeMoment: (out: AvroOutput) => void,
): ColumnCodec => ({
  schema,
  write: (out, source, start, length) => {
    readText(source, start, length);
    writeMoment(out);
  },
  writeBinary: (out, source, start, length) => {
    readBinary(source, start, length);
    writeMoment(out);
  },
  writeFallback: (out) => {
    moment.infinity = 0;
    moment.days = 0;
    moment.microsOfDay = 0;
    writeMoment(out);
  },
});

const specialText = (source: Buffer, start: number, length: number): string => {
  readBinary(source, start, length);
  if (moment.infinity !== 0) return moment.infinity > 0 ? 'infinity' : '-infinity';
  return postgresTimestampText(moment.days, moment.microsOfDay);
};

/** PostgreSQL counts from 2000 and so reaches 30 years further than 64 bits of microseconds from 1970. */
const afterLastMicro = (): boolean => moment.infinity === 0 && microsOfMoment() > INT64_MAX;
/** High half of the first binary values that may be after it. */
const LATE_HIGH = 0x7f_fc_00_00;

const micros: ColumnCodec = {
  ...timestampOf(connectType('long', 'io.debezium.time.MicroTimestamp'), writeMicros),
  isSpecial: (source, start, length) => {
    // a year of four digits
    if (source[start + 4] === 45 || length < 8) return false;
    readText(source, start, length);
    return afterLastMicro();
  },
  isSpecialBinary: (source, start, length) => {
    if (length !== 8 || readInt32(source, start) < LATE_HIGH) return false;
    readBinary(source, start, length);
    return afterLastMicro();
  },
  specialText,
};

const outsideNanoseconds = (): boolean => {
  if (moment.infinity !== 0) return true;
  if (Math.abs(moment.days) < NANOSECOND_DAYS) return false;
  const nanos = microsOfMoment() * 1000n;
  return nanos > INT64_MAX || nanos < -INT64_MAX - 1n;
};

const nanos: ColumnCodec = {
  ...timestampOf(connectType('long', 'io.debezium.time.NanoTimestamp'), writeNanos),
  isSpecial: (source, start, length) => {
    readText(source, start, length);
    return outsideNanoseconds();
  },
  isSpecialBinary: (source, start, length) => {
    readBinary(source, start, length);
    return outsideNanoseconds();
  },
  specialText,
};

const millis = timestampOf(connectType('long', 'io.debezium.time.Timestamp'), writeMillis);
const connectMillis = timestampOf(
  connectLogicalType('long', 'Timestamp', 'timestamp-millis'),
  writeMillis,
);
const text = timestampOf(connectType('string', 'io.debezium.time.IsoTimestamp'), (out) =>
  writeIso(out, undefined),
);

/** timestamp(precision); `precision` 6 when none is declared. */
export const timestamp = (precision: number, mode: ColumnModes['timePrecision']): ColumnCodec => {
  switch (mode) {
    case 'adaptive':
    case 'adaptive_time_microseconds':
      return precision <= 3 ? millis : micros;
    case 'connect':
      return connectMillis;
    case 'isostring':
      return text;
    case 'nanoseconds':
      return nanos;
    default:
      return micros;
  }
};

const EPOCH_TEXT = '1970-01-01T00:00:00Z';
const FIXED_PART = '2026-11-22T20:50:01'.length;
const ZEROS = Buffer.from('000000');

/** The session's time zone is UTC: anything but +00 is refused. */
const readTextInUtc = (source: Buffer, start: number, length: number): void => {
  const end = readTimestampText(moment, source, start, length);
  if (moment.infinity !== 0) return;
  const rest = source.toString('latin1', end, start + length);
  if (rest !== '+00' && rest !== '+00 BC') throw invalidValue('timestamptz');
};

/**
 * timestamptz as text in UTC with exactly `precision` digits of a second: `2026-11-22T20:50:01.123456Z`.
 * A text with a year of four digits is copied, since only its form changes.
 */
export const timestamptz = (precision: number): ColumnCodec => ({
  schema: connectType('string', 'io.debezium.time.ZonedTimestamp'),
  write: (out, source, start, length) => {
    const offsetAt = start + length - 3;
    const digits = Math.max(length - 3 - FIXED_PART - 1, 0);
    const isPlain =
      source[start + 10] === 32 && source[offsetAt] === 43 && source[offsetAt + 1] === 48;
    if (!isPlain || source[offsetAt + 2] !== 48 || digits > precision) {
      readTextInUtc(source, start, length);
      writeIso(out, precision);
      return;
    }
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
  writeBinary: (out, source, start, length) => {
    readBinary(source, start, length);
    writeIso(out, precision);
  },
  writeFallback: (out) => writeText(out, EPOCH_TEXT),
});
