/**
 * Dates and times written as ISO 8601 in UTC, as java.time's ISO_OFFSET formatters give them. The text of the
 * last day is kept: rows that follow each other are mostly of one day.
 */
import { type AvroOutput, copyBytes, writeLong } from './avro-output.ts';
import { US_PER_DAY } from './calendar-text.ts';

const TEXT_BYTES_MAX = 16;
const dayText = Buffer.alloc(TEXT_BYTES_MAX);
let dayTextOf = Number.NaN;
let dayTextLength = 0;

export interface CivilDate {
  /** 0 is 1 BC. */
  year: number;
  month: number;
  day: number;
}

/** The proleptic Gregorian date of a number of days from 1970-01-01. */
export const civilFromDays = (days: number): CivilDate => {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
};

const two = (value: number): string => String(value).padStart(2, '0');

/** Years outside 0000–9999 in the expanded form: `+10000-…`, `-0043-…` (44 BC is year -43). */
const prepareDay = (days: number): void => {
  if (days === dayTextOf) return;
  const { year, month, day } = civilFromDays(days);
  const sign = year < 0 ? '-' : year > 9999 ? '+' : '';
  const text = `${sign}${String(Math.abs(year)).padStart(4, '0')}-${two(month)}-${two(day)}`;
  dayTextLength = dayText.write(text, 'latin1');
  dayTextOf = days;
};

const putTwo = (bytes: Buffer, at: number, value: number): void => {
  const tens = (value / 10) | 0;
  bytes[at] = 48 + tens;
  bytes[at + 1] = 48 + value - tens * 10;
};

/** Digits of a fraction without its trailing zeros. */
const neededDigits = (fraction: number): number => {
  let digits = fraction === 0 ? 0 : 6;
  for (let rest = fraction; digits > 0 && rest % 10 === 0; rest /= 10) digits--;
  return digits;
};

/** Bytes of `HH:MM:SS` and a fraction. */
const clockBytes = (fractionDigits: number): number =>
  8 + (fractionDigits > 0 ? 1 + fractionDigits : 0);

const putClock = (out: AvroOutput, microsOfDay: number, fractionDigits: number): void => {
  const { bytes } = out;
  const at = out.position;
  const seconds = Math.floor(microsOfDay / 1_000_000);
  const minutes = (seconds / 60) | 0;
  const hours = (minutes / 60) | 0;
  putTwo(bytes, at, hours);
  bytes[at + 2] = 58;
  putTwo(bytes, at + 3, minutes - hours * 60);
  bytes[at + 5] = 58;
  putTwo(bytes, at + 6, seconds - minutes * 60);
  if (fractionDigits > 0) {
    bytes[at + 8] = 46;
    let rest = microsOfDay - seconds * 1_000_000;
    for (let digit = 6; digit > 0; digit--) {
      const next = (rest / 10) | 0;
      if (digit <= fractionDigits) bytes[at + 8 + digit] = 48 + rest - next * 10;
      rest = next;
    }
  }
  out.position = at + clockBytes(fractionDigits);
};

const putZulu = (out: AvroOutput): void => {
  out.bytes[out.position++] = 90;
};

/** `2026-11-22Z` as an Avro string. */
export const writeIsoDate = (out: AvroOutput, days: number): void => {
  prepareDay(days);
  writeLong(out, dayTextLength + 1);
  copyBytes(out, dayText, 0, dayTextLength);
  putZulu(out);
};

/** `18:50:01.5Z`, the fraction without trailing zeros. */
export const writeIsoTime = (out: AvroOutput, microsOfDay: number): void => {
  const digits = neededDigits(microsOfDay % 1_000_000);
  writeLong(out, clockBytes(digits) + 1);
  putClock(out, microsOfDay, digits);
  putZulu(out);
};

/**
 * `2026-11-22T18:50:01.500Z`; `fractionDigits` 0 to 6 digits, cut not rounded; `undefined` as many as are needed.
 */
export const writeIsoTimestamp = (
  out: AvroOutput,
  days: number,
  microsOfDay: number,
  fractionDigits: number | undefined,
): void => {
  const digits = fractionDigits ?? neededDigits(microsOfDay % 1_000_000);
  prepareDay(days);
  writeLong(out, dayTextLength + 1 + clockBytes(digits) + 1);
  copyBytes(out, dayText, 0, dayTextLength);
  out.bytes[out.position++] = 84;
  putClock(out, microsOfDay, digits);
  putZulu(out);
};

/** PostgreSQL's text of a timestamp under DateStyle ISO. */
export const postgresTimestampText = (days: number, microsOfDay: number): string => {
  const { year, month, day } = civilFromDays(days);
  const seconds = Math.floor((microsOfDay % US_PER_DAY) / 1_000_000);
  const clock = [seconds / 3600, (seconds / 60) % 60, seconds % 60]
    .map((part) => two(Math.floor(part)))
    .join(':');
  const fraction = String(microsOfDay % 1_000_000)
    .padStart(6, '0')
    .replace(/0+$/, '');
  const date = `${String(year > 0 ? year : 1 - year).padStart(4, '0')}-${two(month)}-${two(day)}`;
  return `${date} ${clock}${fraction === '' ? '' : `.${fraction}`}${year > 0 ? '' : ' BC'}`;
};
