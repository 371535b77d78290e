import { keyText } from '@millrace/contracts';
import { refusePromise } from './refuse-promise.ts';

/** What a key may be made of. */
export type KeyPart = string | number | bigint | boolean | null | undefined;

/**
 * The text of a key, as contracts write it: one value is its text, several are joined by `|`. Null when a
 * single value is missing: the record has no key.
 */
export const keyOfParts = (parts: KeyPart | readonly KeyPart[]): string | null => {
  if (typeof parts === 'string') return parts;
  if (parts === null || parts === undefined) return null;
  if (typeof parts !== 'object') return String(parts);
  if (parts instanceof Promise) refusePromise(parts);
  if (Array.isArray(parts)) return keyText(parts.map((part: KeyPart) => part ?? null));
  throw new TypeError('a key is a text, a number, true or false, or a list of them');
};
