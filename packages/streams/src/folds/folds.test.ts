import fc from 'fast-check';
import { expect, test } from 'vitest';
import { collect, first, last } from './by-time.ts';
import { count } from './count.ts';
import { distinct, distinctEstimate } from './distinct.ts';
import { max, min } from './extremes.ts';
import type { Fold } from './fold.ts';
import { mean } from './mean.ts';
import { quantiles } from './quantiles.ts';
import { createStateReader, createStateWriter } from './state-bytes.ts';
import { sum, sumBig } from './sum.ts';
import { tDigest } from './t-digest.ts';
import { maxBy, minBy, topN } from './top.ts';

interface Item {
  readonly timeMs: number;
  readonly number: number | null;
  readonly text: string;
}

const number = ({ number }: Item) => number;
const text = ({ text }: Item) => text;
const big = ({ number }: Item) => (number === null ? null : BigInt(Math.trunc(number)));

const exactFolds: readonly Fold<Item, unknown>[] = [
  count(),
  count(number),
  sum(number),
  sumBig(big),
  mean(number),
  min(number),
  max(number),
  min(text),
  first(text),
  last(number),
  collect(text, { max: 5 }),
  distinct(text),
  distinct(number, { exactUpTo: 3 }),
  distinctEstimate(text),
  topN(3, number),
  maxBy(number),
  minBy(text, { of: number }),
  quantiles([0, 0.5, 0.99, 1], number),
  quantiles([0.1, 0.9], number, { exactUpTo: 4 }),
];

const items = fc.array(
  fc.record({
    timeMs: fc.nat(6),
    number: fc.oneof(
      fc.integer({ min: -3, max: 3 }),
      fc.double({ noNaN: false, min: -1e300, max: 1e300 }),
      fc.constantFrom(null, 0.1, 1e16, -1e16, Number.MAX_SAFE_INTEGER, -0, 1e-320),
    ),
    text: fc.constantFrom('a', 'b', 'c', 'é', '', '__proto__'),
  }),
  { maxLength: 25 },
);

const finite = (list: readonly Item[]) =>
  list.map((item) => (Number.isFinite(item.number) ? item : { ...item, number: null }));

const add = (fold: Fold<Item, unknown>, accumulator: unknown, item: Item): unknown => {
  const info = { key: 'k', timeMs: item.timeMs };
  const selected = fold.select === undefined ? item : fold.select(item, info);
  return fold.add(accumulator, selected, info);
};

const folded = (fold: Fold<Item, unknown>, list: readonly Item[]): unknown =>
  list.reduce((accumulator, item) => add(fold, accumulator, item), fold.init());

const throughBytes = (fold: Fold<Item, unknown>, accumulator: unknown): unknown => {
  if (fold.bytes === undefined) return structuredClone(accumulator);
  const writer = createStateWriter();
  fold.bytes.write(accumulator, writer);
  const reader = createStateReader();
  reader.open(writer.take());
  return fold.bytes.read(reader);
};

test.each(exactFolds.map((fold) => [fold.shape, fold] as const))(
  '%s: order, parts and a store in between do not change a bit of the result',
  (_shape, fold) => {
    fc.assert(
      fc.property(items, fc.array(fc.nat(2), { maxLength: 25 }), (given, parts) => {
        const list = finite(given);
        const expected = fold.result(folded(fold, list));
        expect(fold.result(folded(fold, list.toReversed()))).toEqual(expected);
        const split = [0, 1, 2].map((part) =>
          throughBytes(
            fold,
            folded(
              fold,
              list.filter((_item, at) => (parts[at] ?? 0) === part),
            ),
          ),
        );
        const [one, two, three] = structuredClone(split);
        const merged = fold.merge!(fold.merge!(fold.init(), three), fold.merge!(two, one));
        expect(fold.result(merged)).toEqual(expected);
        expect(split).toEqual(structuredClone(split));
      }),
      { numRuns: 60 },
    );
  },
);

test('a sum is the exact one, rounded once', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e30, max: 1e30 })),
      (numbers) => {
        const list = numbers.map((number) => ({ timeMs: 0, number, text: '' }));
        const scaled = numbers.reduce((total, number) => total + exactly(number), 0n);
        expect(sum(number).result(folded(sum(number), list) as number)).toBe(rounded(scaled));
      },
    ),
  );
});

/** As a whole number of 2^-1074, which every double is. */
const exactly = (value: number): bigint => {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const raw = bits.getBigUint64(0);
  const exponent = Number((raw >> 52n) & 0x7ffn);
  const fraction = raw & 0xfffffffffffffn;
  const size = exponent === 0 ? fraction : (fraction | 0x10000000000000n) << BigInt(exponent - 1);
  return value < 0 ? -size : size;
};

/** The nearest double, ties to even; by the engine's own conversion of the whole part. */
const rounded = (scaled: bigint): number => {
  const size = scaled < 0n ? -scaled : scaled;
  const shift = Math.max(0, size.toString(2).length - 64);
  const sticky = (size >> BigInt(shift)) << BigInt(shift) === size ? 0n : 1n;
  const value = Number((size >> BigInt(shift)) | sticky) * 2 ** (shift - 537) * 2 ** -537;
  return scaled < 0n ? -value : value + 0;
};

test('integers beyond 2^53 and what is not finite are summed as they are', () => {
  const of = sum((value: number) => value);
  const total = (numbers: readonly number[]) =>
    of.result(
      numbers.reduce((all, value) => of.add(all, value, { key: '', timeMs: 0 }), of.init()),
    );
  expect(total([Number.MAX_SAFE_INTEGER, 2, -2, -Number.MAX_SAFE_INTEGER, 1])).toBe(1);
  expect(total([1, Number.POSITIVE_INFINITY, 2])).toBe(Number.POSITIVE_INFINITY);
  expect(total([Number.NEGATIVE_INFINITY, 1, Number.POSITIVE_INFINITY])).toBeNaN();
  expect(total([0.1, 0.2, -0.3])).toBe(2.7755575615628914e-17);
});

test('what is counted is neither null nor false', () => {
  const of = count((value: unknown) => value);
  const values = [null, undefined, false, true, 0, '', Number.NaN];
  const info = { key: '', timeMs: 0 };
  expect(of.result(values.reduce((all: number, value) => of.add(all, value, info), 0))).toBe(4);
});

test('a value of another type is an error that names the fold', () => {
  const list = [{ timeMs: 0, number: '1' as never, text: '' }];
  for (const fold of [
    sum(number),
    mean(number),
    quantiles([0.5], number),
    tDigest([0.5], number),
  ]) {
    expect(() => folded(fold, list)).toThrow(/was given a string, not a number/);
  }
  expect(() => folded(sumBig(number as never), [{ ...list[0]!, number: 1 }])).toThrow(/sumBig/);
  expect(() =>
    folded(
      max(({ text }: Item) => ({ text }) as never),
      list,
    ),
  ).toThrow(/no order/);
});

test('an estimate of different values is true to two of its standard errors, from hundreds to hundreds of thousands', () => {
  const fold = distinctEstimate<number>((value) => `user-${value}`);
  const info = { key: 'k', timeMs: 0 };
  let all = fold.init();
  let at = 0;
  for (const size of [200, 1_000, 20_000, 300_000]) {
    for (; at < size; at += 1) all = fold.add(all, fold.select!(at, info), info);
    expect(Math.abs(fold.result(all) - size) / size).toBeLessThan(size <= 256 ? 1e-9 : 0.0163);
  }
});

const uniform = Array.from({ length: 20_000 }, (_one, at) => ((at * 7919) % 20_000) + 1);

/** Of all values, in two parts that are merged. */
const inTwoParts = <R>(fold: Fold<number, R>): R => {
  const info = { key: 'k', timeMs: 0 };
  const [one, other] = [0, 1].map((half) =>
    uniform
      .filter((_value, at) => at % 2 === half)
      .reduce((all, value) => fold.add(all, fold.select!(value, info), info), fold.init()),
  );
  return fold.result(fold.merge!(one, other));
};

const parts = [0, 0.01, 0.5, 0.99, 1] as const;
const exact = [1, 200, 10_000, 19_800, 20_000];

test('quantiles of many values are true to half a percent of themselves', () => {
  inTwoParts(quantiles(parts, (value: number) => value)).forEach((result, at) => {
    expect(Math.abs(result! - exact[at]!) / exact[at]!).toBeLessThan(0.0051);
  });
});

test('a t-digest finds values whose rank is true to a few thousandths', () => {
  inTwoParts(tDigest(parts, (value: number) => value)).forEach((result, at) => {
    expect(Math.abs(result! - exact[at]!) / uniform.length).toBeLessThan(0.003);
  });
  expect(tDigest([0.5], () => null).result(tDigest([0.5], () => null).init())).toEqual([null]);
});
