/**
 * PostgreSQL's ISO dates and times, read from bytes without a Date object and without any time zone of the
 * process: `2026-11-22 20:50:01.123456+00`, years of four to seven digits, ` BC` at the end.
 */
import { invalidValue } from './column-codec.ts';

export const US_PER_DAY = 86_400_000_000;

/** A date or timestamp: days from 1970-01-01 and microseconds of that day, or an infinity. */
export interface Moment {
  days: number;
  microsOfDay: number;
  /** +1 for `infinity`, -1 for `-infinity`, 0 for a value. */
  infinity: -1 | 0 | 1;
}

/** Days from 1970-01-01 in the proleptic Gregorian calendar; `year` 0 is 1 BC. */
export const daysFromCivil = (year: number, month: number, day: number): number => {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
};

const digitAt = (source: Buffer, at: number, end: number): number => {
  const digit = at < end ? (source[at] as number) - 48 : -1;
  if (digit < 0 || digit > 9) throw invalidValue('date or time');
  return digit;
};

const twoDigits = (source: Buffer, at: number, end: number): number =>
  digitAt(source, at, end) * 10 + digitAt(source, at + 1, end);

const expectByte = (source: Buffer, at: number, end: number, byte: number): void => {
  if (at >= end || source[at] !== byte) throw invalidValue('date or time');
};

/** True when the text ends in ` BC`. */
export const isBeforeChrist = (source: Buffer, start: number, length: number): boolean =>
  length > 3 && source[start + length - 1] === 67 && source[start + length - 2] === 66;

/** +1 for `infinity`, -1 for `-infinity`, 0 for a value. */
export const infinitySign = (source: Buffer, start: number, length: number): -1 | 0 | 1 => {
  if (length < 8) return 0;
  if (source[start] === 105) return 1;
  return source[start] === 45 && source[start + 1] === 105 ? -1 : 0;
};

export interface DateReading {
  days: number;
  /** The position behind the date. */
  end: number;
}

const reading: DateReading = { days: 0, end: 0 };

/** Reads `Y-MM-DD`; the result is reused by the next call. */
export const readDate = (source: Buffer, start: number, length: number): DateReading => {
  const end = start + length;
  let at = start;
  let year = 0;
  while (at < end && source[at] !== 45) year = year * 10 + digitAt(source, at++, end);
  if (at - start < 4) throw invalidValue('date');
  const month = twoDigits(source, at + 1, end);
  expectByte(source, at + 3, end, 45);
  const day = twoDigits(source, at + 4, end);
  reading.days = daysFromCivil(isBeforeChrist(source, start, length) ? 1 - year : year, month, day);
  reading.end = at + 6;
  return reading;
};

export interface TimeReading {
  microsOfDay: number;
  end: number;
}

const timeReading: TimeReading = { microsOfDay: 0, end: 0 };

/** Reads `HH:MM:SS[.ffffff]` at `start`; the result is reused by the next call. `24:00:00` is a time. */
export const readTime = (source: Buffer, start: number, end: number): TimeReading => {
  const hour = twoDigits(source, start, end);
  expectByte(source, start + 2, end, 58);
  const minute = twoDigits(source, start + 3, end);
  expectByte(source, start + 5, end, 58);
  const second = twoDigits(source, start + 6, end);
  let at = start + 8;
  let fraction = 0;
  if (at < end && source[at] === 46) {
    at++;
    let unit = 100_000;
    while (at < end && (source[at] as number) >= 48 && (source[at] as number) <= 57) {
      fraction += ((source[at++] as number) - 48) * unit;
      unit /= 10;
    }
  }
  timeReading.microsOfDay = ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction;
  timeReading.end = at;
  return timeReading;
};

/** Reads `Y-MM-DD HH:MM:SS[.ffffff]`, what follows but ` BC` left to the caller. Returns the position behind the time. */
export const readTimestampText = (
  moment: Moment,
  source: Buffer,
  start: number,
  length: number,
): number => {
  moment.infinity = infinitySign(source, start, length);
  if (moment.infinity !== 0) return start + length;
  const { days, end } = readDate(source, start, length);
  const clock = readTime(source, end + 1, start + length);
  moment.days = days;
  moment.microsOfDay = clock.microsOfDay;
  return clock.end;
};
