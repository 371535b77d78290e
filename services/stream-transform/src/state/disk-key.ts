import { createHash } from 'node:crypto';
import type { KeyView } from './storage-key.ts';

/**
 * Keys as LMDB has them: the changelog's, with two exceptions that begin their text with a byte that UTF-8
 * never has. LMDB takes no empty key and none above 1,978 bytes: the empty text is that byte alone, and of
 * a long one stands the SHA-256; its bytes follow the value instead.
 */
export const MARK_BYTE = 0xff;
const LONG_FROM = 1_900;
const DIGEST_BYTES = 32;

/** Does the key need to be written otherwise? `textStart`: where its text begins. */
export const isPlainKey = (view: KeyView, timeBytes: number): boolean => {
  const length = view.end - view.start;
  return length > 0 && length - timeBytes <= LONG_FROM;
};

export const isLongKey = (view: KeyView, timeBytes: number): boolean =>
  view.end - view.start - timeBytes > LONG_FROM;

/** The key in LMDB of one that is not plain. */
export const markedKey = (view: KeyView, timeBytes: number): KeyView => {
  const textStart = view.start + timeBytes;
  const head = view.bytes.subarray(view.start, textStart);
  const tail = isLongKey(view, timeBytes)
    ? createHash('sha256').update(view.bytes.subarray(textStart, view.end)).digest()
    : Buffer.alloc(0);
  const bytes = Buffer.concat([head, Buffer.of(MARK_BYTE), tail]);
  return { bytes, start: 0, end: bytes.length };
};

/** Does a key in LMDB stand for a long one? */
export const standsForLong = (key: Buffer, timeBytes: number): boolean =>
  key.length === timeBytes + 1 + DIGEST_BYTES && key[timeBytes] === MARK_BYTE;

/** Does it stand for the empty text? */
export const standsForEmpty = (key: Buffer): boolean => key.length === 1 && key[0] === MARK_BYTE;

/** The value of a long key: `[value][checksum][key][length of the key]`. */
export const appendKey = (value: Buffer, key: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(key.length);
  return Buffer.concat([value, key, length]);
};

/** Takes such a value apart; undefined when it cannot be one. */
export const splitKey = (stored: Buffer): { value: Buffer; key: Buffer } | undefined => {
  if (stored.length < 4) return undefined;
  const keyLength = stored.readUInt32LE(stored.length - 4);
  const keyStart = stored.length - 4 - keyLength;
  if (keyStart < 4) return undefined;
  return {
    value: stored.subarray(0, keyStart),
    key: stored.subarray(keyStart, keyStart + keyLength),
  };
};
