import { keyText } from '@millrace/contracts';

/** What a key may be made of. */
export type KeyPart = string | number | bigint | boolean | null | undefined;

/**
 * The text of a key, as contracts write it: one value is its text, several are joined by `|`. Null when a
 * single value is missing: the record has no key.
 */
export const keyOfParts = (parts: KeyPart | readonly KeyPart[]): string | null => {
  if (typeof parts === 'string') return parts;
  if (parts === null || parts === undefined) return null;
  if (typeof parts === 'object') return keyText(parts.map((part) => part ?? null));
  return String(parts);
};
