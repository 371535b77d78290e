/** Times as a person names them: how long (`90m`, `24h`, `7d`), or a moment in ISO 8601 or so long ago. */
import { MillraceError } from '@millrace/contracts';

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Ms of `30s`, `90m`, `24h`, `7d`. Throws `config.invalid` for anything else. */
export function parseSpan(text: string): number {
  const match = /^(\d+)([smhd])$/.exec(text);
  if (match) return Number(match[1]) * unitMs[match[2] as keyof typeof unitMs];
  throw new MillraceError('config.invalid', `'${text}' is no duration: write 30s, 90m, 24h, 7d`);
}

/** Ms since 1970. Throws `config.invalid` for what is neither a date nor a duration. */
export function parseMoment(text: string, nowMs: number): number {
  const parsed = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(parsed)) return parsed;
  try {
    return nowMs - parseSpan(text);
  } catch (cause) {
    throw new MillraceError(
      'config.invalid',
      `'${text}' is no moment: write 2026-05-01T12:00:00Z, or how long ago: 90m, 24h, 7d`,
      { cause },
    );
  }
}
