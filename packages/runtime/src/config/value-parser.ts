/**
 * From the text of an environment variable to a value. A problem is said so that it can follow the
 * variable's name and value in a sentence: `MILLRACE_X='abc' is not a whole number`.
 */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string };

interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

const durationUnitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Binary units only: a decimal megabyte in a memory bound is a mistake more often than a wish. */
const byteUnits: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

export const parseInteger = (text: string, bounds: Bounds): Parsed<number> =>
  /^-?\d{1,15}$/.test(text)
    ? withinBounds(Number(text), bounds, String)
    : { ok: false, problem: 'is not a whole number' };

/** Milliseconds out of `250ms`, `30s`, `5m`, `2h`, `7d`. */
export const parseDuration = (text: string, bounds: Bounds): Parsed<number> => {
  const value = scaled(text, durationUnitsMs);
  return value === undefined
    ? { ok: false, problem: 'is not a duration: a number and ms, s, m, h or d' }
    : withinBounds(value, bounds, formatDuration);
};

/** Bytes out of `512KiB`, `10MiB`, `1GiB` or a plain number. */
export const parseBytes = (text: string, bounds: Bounds): Parsed<number> => {
  const value = scaled(/^\d+$/.test(text) ? `${text}B` : text, byteUnits);
  return value === undefined
    ? { ok: false, problem: 'is not a size: a number and B, KiB, MiB or GiB' }
    : withinBounds(value, bounds, formatBytes);
};

/** @param mayHoldSecrets whether there may be a user and a password in it */
export const parseUrl = (
  text: string,
  schemes: readonly string[],
  mayHoldSecrets: boolean,
): Parsed<string> => {
  const parsed = URL.parse(text);
  if (parsed === null) return { ok: false, problem: 'is not an absolute URL' };
  if (!schemes.includes(parsed.protocol.slice(0, -1)))
    return {
      ok: false,
      problem: `does not begin with ${schemes.map((s) => `${s}://`).join(' or ')}`,
    };
  if (!mayHoldSecrets && parsed.username + parsed.password !== '')
    return { ok: false, problem: 'holds a user or a password, which it is not kept secret for' };
  return { ok: true, value: text };
};

export const parseFlag = (text: string): Parsed<boolean> =>
  text === 'true' || text === 'false'
    ? { ok: true, value: text === 'true' }
    : { ok: false, problem: 'is neither true nor false' };

/** The shortest exact text of a duration, e.g. `30s`. */
export const formatDuration = (durationMs: number): string => format(durationMs, durationUnitsMs);

/** The shortest exact text of a size, e.g. `10MiB`. */
export const formatBytes = (sizeBytes: number): string => format(sizeBytes, byteUnits);

const scaled = (text: string, units: Readonly<Record<string, number>>): number | undefined => {
  const match = /^(\d{1,12})\s*([A-Za-z]+)$/.exec(text);
  const unit = units[match?.[2] ?? ''];
  return unit === undefined ? undefined : Number(match?.[1]) * unit;
};

const format = (value: number, units: Readonly<Record<string, number>>): string => {
  const fitting = Object.entries(units).filter(([, size]) => value % size === 0 && value >= size);
  const [name, size] = fitting.at(-1) ?? Object.entries(units)[0] ?? ['', 1];
  return `${value / size}${name}`;
};

const withinBounds = (
  value: number,
  { min, max }: Bounds,
  show: (value: number) => string,
): Parsed<number> => {
  if (min !== undefined && value < min)
    return { ok: false, problem: `is below the least, ${show(min)}` };
  if (max !== undefined && value > max)
    return { ok: false, problem: `is above the most, ${show(max)}` };
  return { ok: true, value };
};
