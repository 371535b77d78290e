import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareValues } from './value-order.ts';

const plain = fc.anything({ withBigInt: true, withTypedArray: false, maxDepth: 2 });

test('values are equal exactly when they are written alike, and the order is total', () => {
  const sign = (one: unknown, other: unknown) => Math.sign(compareValues(one, other));
  fc.assert(
    fc.property(plain, plain, plain, (a, b, c) => {
      expect(sign(a, structuredClone(a))).toBe(0);
      expect(sign(a, b)).toBe(-sign(b, a) || 0);
      if (sign(a, b) <= 0 && sign(b, c) <= 0) expect(sign(a, c)).toBeLessThanOrEqual(0);
    }),
  );
});

test('bytes, lists and records are compared by what is in them', () => {
  expect(compareValues(new Uint8Array([1, 2]), new Uint8Array([1, 2]))).toBe(0);
  expect(compareValues([1, { a: 1n }], [1, { a: 1n }])).toBe(0);
  expect(compareValues({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(0);
  expect(compareValues({ a: 1 }, { a: 1, b: 2 })).not.toBe(0);
  expect(compareValues(1, '1')).not.toBe(0);
  expect(compareValues(Number.NaN, Number.NaN)).toBe(0);
});
