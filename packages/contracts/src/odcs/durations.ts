/**
 * Durations of contracts: ODCS writes a value and a unit, Millrace's own part one text. Months and years
 * have no fixed length and are taken as 30 and 365 days; `m` alone is refused, as it could be either.
 */
const secondMs = 1_000;
const dayMs = 24 * 3_600 * secondMs;

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  millisecond: 1,
  s: secondMs,
  sec: secondMs,
  second: secondMs,
  min: 60 * secondMs,
  minute: 60 * secondMs,
  h: 3_600 * secondMs,
  hr: 3_600 * secondMs,
  hour: 3_600 * secondMs,
  d: dayMs,
  day: dayMs,
  w: 7 * dayMs,
  week: 7 * dayMs,
  mo: 30 * dayMs,
  month: 30 * dayMs,
  y: 365 * dayMs,
  yr: 365 * dayMs,
  year: 365 * dayMs,
};

export const durationUnits = 'ms, s, min, h, d, w, mo or y';

/** Milliseconds; `undefined` when value or unit cannot be read. */
export const durationMs = (value: unknown, unit: string | undefined): number | undefined => {
  const count = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  const factor =
    unitMs[(unit ?? '').toLowerCase()] ?? unitMs[(unit ?? '').toLowerCase().replace(/s$/, '')];
  if (typeof count !== 'number' || !Number.isFinite(count) || count < 0 || factor === undefined) {
    return undefined;
  }
  return Math.round(count * factor);
};

/** `7d`, `36 h` → milliseconds; `forever` → -1, as Kafka writes it. */
export const retentionMsOf = (text: string): number | undefined => {
  if (text.trim() === 'forever') return -1;
  const match = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*$/.exec(text);
  return match === null ? undefined : durationMs(match[1], match[2]);
};
