import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createKeyBytes } from './key-bytes.ts';

test('a key is its UTF-8, however long and of whatever characters', () => {
  const keys = createKeyBytes();
  const text = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.string({ minLength: 2000, maxLength: 3000 }),
  );
  fc.assert(
    fc.property(text, (key) => {
      const bytes = keys.put(key);
      expect(keys.buffer.subarray(0, bytes).equals(Buffer.from(key))).toBe(true);
    }),
  );
});
