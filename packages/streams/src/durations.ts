import { MillraceError } from '@millrace/contracts';

/** A length of time: milliseconds, or a number with its unit: `250 ms`, `10 s`, `5 min`, `1 h`, `7 d`. */
export type Duration = number | `${number} ${'ms' | 's' | 'min' | 'h' | 'd'}`;

const unitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Milliseconds, whole and not negative; throws `transform.invalid` for anything else. */
export const durationMs = (duration: Duration): number => {
  const ms = typeof duration === 'number' ? duration : parse(duration);
  if (Number.isSafeInteger(ms) && ms >= 0) return ms;
  throw new MillraceError(
    'transform.invalid',
    `'${duration}' is not a duration: write milliseconds, or e.g. '10 s', '5 min', '1 h'`,
  );
};

const parse = (text: string): number => {
  const match = /^(\d+(?:\.\d+)?) ?(ms|s|min|h|d)$/.exec(text);
  return match === null ? Number.NaN : Math.round(Number(match[1]) * unitsMs[match[2]!]!);
};
