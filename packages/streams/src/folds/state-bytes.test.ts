import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createStateReader, createStateWriter } from './state-bytes.ts';

const integer = fc.integer({ min: -(2 ** 52), max: 2 ** 52 });
const scalar = fc.oneof(
  fc.constantFrom(
    null,
    true,
    false,
    -0,
    Number.NaN,
    Number.MAX_SAFE_INTEGER,
    Number.NEGATIVE_INFINITY,
  ),
  integer,
  fc.double(),
  fc.bigInt(),
  fc.string({ unit: 'binary' }),
);

test('numbers and scalars come back as they were, one accumulator after the other', () => {
  const writer = createStateWriter();
  const reader = createStateReader();
  fc.assert(
    fc.property(fc.array(fc.tuple(integer, fc.double(), scalar)), (values) => {
      for (const [whole, fraction, other] of values) {
        writer.integer(whole);
        writer.double(fraction);
        writer.scalar(other);
      }
      reader.open(writer.take());
      for (const [whole, fraction, other] of values) {
        expect(reader.integer()).toBe(whole);
        expect(reader.double()).toBe(fraction);
        expect(reader.scalar()).toBe(other);
      }
    }),
  );
});

test('bytes that end too soon or are of no kind are an error, never a value', () => {
  const writer = createStateWriter();
  const reader = createStateReader();
  for (const value of [2 ** 40, 0.5, 'twelve bytes', 10n ** 30n]) {
    writer.scalar(value);
    const whole = Uint8Array.from(writer.take());
    for (let length = 0; length < whole.length; length += 1) {
      reader.open(whole.subarray(0, length));
      expect(() => reader.scalar()).toThrow(RangeError);
    }
  }
  reader.open(new Uint8Array([99]));
  expect(() => reader.scalar()).toThrow('state has no value of kind 99');
});
