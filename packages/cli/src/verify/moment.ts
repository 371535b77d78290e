/** A moment as a person names it: ISO 8601, or how long ago (`90m`, `24h`, `7d`). */
import { MillraceError } from '@millrace/contracts';

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Ms since 1970. Throws `config.invalid` for anything else. */
export function parseMoment(text: string, nowMs: number): number {
  const ago = /^(\d+)([smhd])$/.exec(text);
  if (ago) return nowMs - Number(ago[1]) * unitMs[ago[2] as keyof typeof unitMs];
  const parsed = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(parsed)) return parsed;
  throw new MillraceError(
    'config.invalid',
    `'${text}' is no moment: write 2026-05-01T12:00:00Z, or how long ago: 90m, 24h, 7d`,
  );
}
