import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalText } from './canonical-text.ts';

test('values that differ have different texts, and the order of fields makes no difference', () => {
  const values = [
    null,
    'null',
    0,
    -0,
    '0',
    0n,
    false,
    [],
    {},
    [1, 2],
    ['1,2'],
    { a: 1 },
    { a: '1' },
  ];
  const texts = values.map(canonicalText);
  expect(new Set(texts).size).toBe(values.length);
  expect(canonicalText({ b: { d: 1, c: 2 }, a: 3 })).toBe(
    canonicalText({ a: 3, b: { c: 2, d: 1 } }),
  );
  expect(canonicalText(new Uint8Array([1, 255]))).toBe(canonicalText(Buffer.from([1, 255])));
});

test('equal texts are of equal values', () => {
  const json = fc.jsonValue({ maxDepth: 2 });
  fc.assert(
    fc.property(json, json, (one, other) => {
      const equal = canonicalText(one) === canonicalText(other);
      expect(equal).toBe(Object.is(one, other) || isSame(one, other));
    }),
  );
});

const isSame = (one: unknown, other: unknown): boolean => {
  try {
    expect(one).toStrictEqual(other);
    return true;
  } catch {
    return false;
  }
};
