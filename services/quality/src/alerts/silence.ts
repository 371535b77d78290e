/** Who is not to be told of what, until when. */
import type { Silence } from '@millrace/operations';
import type { AlertRecord } from './alert-record.ts';

/** `*` stands for any text; everything else for itself. */
export const matchesPattern = (pattern: string, text: string): boolean => {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text);
};

/** The silence that keeps the alert quiet now; of several the one that ends last. */
export const silenceOf = (
  silences: Iterable<Silence>,
  { name, subject }: Pick<AlertRecord, 'name' | 'subject'>,
  nowMs: number,
): Silence | undefined =>
  [...silences]
    .filter(
      (silence) =>
        silence.untilMs > nowMs &&
        matchesPattern(silence.name, name) &&
        matchesPattern(silence.subject, subject),
    )
    .toSorted((a, b) => b.untilMs - a.untilMs)[0];
