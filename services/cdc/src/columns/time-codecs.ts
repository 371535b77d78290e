/**
 * date, time and timetz in Debezium's time modes. An infinite date is the end of Avro's int, or its name in text.
 * Binary forms: date is days from 2000-01-01, time is microseconds, timetz adds the zone in seconds west of UTC.
 */
import { type AvroOutput, writeLong, writeText } from './avro-output.ts';
import { readInt32, readSafeInt64 } from './binary-integers.ts';
import { infinitySign, readDate, readTime, US_PER_DAY } from './calendar-text.ts';
import { type ColumnCodec, connectType, invalidValue } from './column-codec.ts';
import type { ColumnModes } from './column-modes.ts';
import { writeIsoDate, writeIsoTime } from './iso-text.ts';

type TimePrecision = ColumnModes['timePrecision'];

const INT32_MAX = 2_147_483_647;
const INT32_MIN = -2_147_483_648;
/** 2000-01-01, where PostgreSQL counts from. */
export const POSTGRES_EPOCH_DAYS = 10_957;

const writeZero = (out: AvroOutput): void => writeLong(out, 0);

/** A Kafka Connect type that Avro knows as a logical type too. */
export const connectLogicalType = (type: string, name: string, logicalType: string) => ({
  type,
  'connect.version': 1,
  'connect.name': `org.apache.kafka.connect.data.${name}`,
  logicalType,
});

const dateAsNumber = (schema: ColumnCodec['schema']): ColumnCodec => ({
  schema,
  write: (out, source, start, length) => {
    const sign = infinitySign(source, start, length);
    if (sign === 0) writeLong(out, readDate(source, start, length).days);
    else writeLong(out, sign > 0 ? INT32_MAX : INT32_MIN);
  },
  writeBinary: (out, source, start, length) => {
    if (length !== 4) throw invalidValue('date');
    const days = readInt32(source, start);
    writeLong(out, days === INT32_MAX || days === INT32_MIN ? days : days + POSTGRES_EPOCH_DAYS);
  },
  writeFallback: writeZero,
});

const dateAsText: ColumnCodec = {
  schema: connectType('string', 'io.debezium.time.IsoDate'),
  write: (out, source, start, length) => {
    const sign = infinitySign(source, start, length);
    if (sign !== 0) writeText(out, sign > 0 ? 'infinity' : '-infinity');
    else writeIsoDate(out, readDate(source, start, length).days);
  },
  writeBinary: (out, source, start, length) => {
    if (length !== 4) throw invalidValue('date');
    const days = readInt32(source, start);
    if (days === INT32_MAX) writeText(out, 'infinity');
    else if (days === INT32_MIN) writeText(out, '-infinity');
    else writeIsoDate(out, days + POSTGRES_EPOCH_DAYS);
  },
  writeFallback: (out) => writeIsoDate(out, 0),
};

const debeziumDate = dateAsNumber(connectType('int', 'io.debezium.time.Date'));
const connectDate = dateAsNumber(connectLogicalType('int', 'Date', 'date'));

export const date = (mode: TimePrecision): ColumnCodec => {
  if (mode === 'isostring') return dateAsText;
  return mode === 'connect' ? connectDate : debeziumDate;
};

const timeOf = (
  schema: ColumnCodec['schema'],
  writeMicros: (out: AvroOutput, microsOfDay: number) => void,
): ColumnCodec => ({
  schema,
  write: (out, source, start, length) =>
    writeMicros(out, readTime(source, start, start + length).microsOfDay),
  writeBinary: (out, source, start, length) => {
    const micros = length === 8 ? readSafeInt64(source, start) : undefined;
    if (micros === undefined) throw invalidValue('time');
    writeMicros(out, micros);
  },
  writeFallback: (out) => writeMicros(out, 0),
});

const writeMillis = (out: AvroOutput, micros: number): void =>
  writeLong(out, Math.floor(micros / 1000));

const times = {
  millis: timeOf(connectType('int', 'io.debezium.time.Time'), writeMillis),
  micros: timeOf(connectType('long', 'io.debezium.time.MicroTime'), writeLong),
  nanos: timeOf(connectType('long', 'io.debezium.time.NanoTime'), (out, micros) =>
    writeLong(out, micros * 1000),
  ),
  connect: timeOf(connectLogicalType('int', 'Time', 'time-millis'), writeMillis),
  text: timeOf(connectType('string', 'io.debezium.time.IsoTime'), writeIsoTime),
} as const;

/** time(precision); `precision` 6 when none is declared. `24:00:00` is a time. */
export const time = (precision: number, mode: TimePrecision): ColumnCodec => {
  switch (mode) {
    case 'adaptive':
      return precision <= 3 ? times.millis : times.micros;
    case 'connect':
      return times.connect;
    case 'isostring':
      return times.text;
    case 'nanoseconds':
      return times.nanos;
    default:
      return times.micros;
  }
};

/** `zoneSeconds` west of UTC. The day's end in UTC keeps its name, as in Debezium. */
const writeZonedTime = (out: AvroOutput, micros: number, zoneSeconds: number): void => {
  if (micros === US_PER_DAY && zoneSeconds === 0) {
    writeIsoTime(out, US_PER_DAY);
    return;
  }
  const utc = (micros + zoneSeconds * 1_000_000) % US_PER_DAY;
  writeIsoTime(out, utc < 0 ? utc + US_PER_DAY : utc);
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
    const east = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
    writeZonedTime(out, microsOfDay, sign === '-' ? east : -east);
  },
  writeBinary: (out, source, start, length) => {
    const micros = length === 12 ? readSafeInt64(source, start) : undefined;
    if (micros === undefined) throw invalidValue('timetz');
    writeZonedTime(out, micros, readInt32(source, start + 8));
  },
  writeFallback: (out) => writeIsoTime(out, 0),
};
