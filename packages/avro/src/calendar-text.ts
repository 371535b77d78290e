/**
 * Dates, times and timestamps as text, to the microsecond, without the Date object (whose parser accepts
 * far more and stops at milliseconds). Sources: RFC 3339 §5.6; days from a civil date as in Howard
 * Hinnant's "chrono-Compatible Low-Level Date Algorithms".
 */

/** A point in time; micros is 0 to 999,999 and counts forward from the second. */
export interface Instant {
  readonly seconds: number;
  readonly micros: number;
  /** False: the text had no offset, so the time is local to nobody knows where. */
  readonly hasZone: boolean;
}

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const TIME = /^(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?$/;
const TIMESTAMP =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)?$/;

const SECONDS_PER_DAY = 86_400;

/** Days since 1970-01-01 of `YYYY-MM-DD`, or `undefined`. */
export const parseDate = (text: string): number | undefined => {
  const match = DATE.exec(text);
  return match === null ? undefined : daysOf(Number(match[1]), Number(match[2]), Number(match[3]));
};

/** Microseconds since midnight of `HH:MM:SS[.ffffff]`, or `undefined`. */
export const parseTime = (text: string): number | undefined => {
  const match = TIME.exec(text);
  if (match === null) return undefined;
  const seconds = secondsOf(Number(match[1]), Number(match[2]), Number(match[3]));
  const micros = microsOf(match[4]);
  return seconds === undefined || micros === undefined ? undefined : seconds * 1_000_000 + micros;
};

/** An RFC 3339 timestamp; the offset may be left out. `undefined` for any other text. */
export const parseTimestamp = (text: string): Instant | undefined => {
  const match = TIMESTAMP.exec(text);
  if (match === null) return undefined;
  const days = daysOf(Number(match[1]), Number(match[2]), Number(match[3]));
  const seconds = secondsOf(Number(match[4]), Number(match[5]), Number(match[6]));
  const micros = microsOf(match[7]);
  const offsetSeconds = offsetOf(match[8]);
  if (
    days === undefined ||
    seconds === undefined ||
    micros === undefined ||
    offsetSeconds === undefined
  ) {
    return undefined;
  }
  return {
    seconds: days * SECONDS_PER_DAY + seconds - offsetSeconds,
    micros,
    hasZone: match[8] !== undefined,
  };
};

const DAYS_IN_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

const daysOf = (year: number, month: number, day: number): number | undefined => {
  const last = DAYS_IN_MONTH[month - 1];
  if (last === undefined || day < 1 || day > last) return undefined;
  if (month === 2 && day === 29 && !isLeap(year)) return undefined;
  // Years begin in March, so that the leap day is the last day of a year; eras are 400 years.
  const marchYear = month > 2 ? year : year - 1;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
};

/** No leap seconds: neither Avro nor ClickHouse can hold one. */
const secondsOf = (hours: number, minutes: number, seconds: number): number | undefined =>
  hours > 23 || minutes > 59 || seconds > 59 ? undefined : hours * 3_600 + minutes * 60 + seconds;

/** Fraction digits as microseconds; finer ones only when they are zeros. */
const microsOf = (digits: string | undefined): number | undefined => {
  if (digits === undefined) return 0;
  if (digits.length > 6 && Number(digits.slice(6)) !== 0) return undefined;
  return Number(digits.slice(0, 6).padEnd(6, '0'));
};

const offsetOf = (text: string | undefined): number | undefined => {
  if (text === undefined || text === 'Z' || text === 'z') return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(4, 6));
  if (hours > 23 || minutes > 59) return undefined;
  return (text.startsWith('-') ? -1 : 1) * (hours * 3_600 + minutes * 60);
};
