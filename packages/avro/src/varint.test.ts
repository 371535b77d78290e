import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VARINT_BYTES_MAX, varintBytes, writeVarint, writeVarintBigInt } from './varint.ts';

const bytesOf = (value: number | bigint): Buffer => {
  const buffer = Buffer.alloc(VARINT_BYTES_MAX);
  const end =
    typeof value === 'bigint' ? writeVarintBigInt(buffer, 0, value) : writeVarint(buffer, 0, value);
  return buffer.subarray(0, end);
};

test('small values are the bytes of the specification', () => {
  const hexes = [0, -1, 1, -2, 2, -64, 64, 8192, -8193].map((value) =>
    bytesOf(value).toString('hex'),
  );
  expect(hexes).toEqual(['00', '01', '02', '03', '04', '7f', '8001', '808001', '818001']);
});

const edges = [30, 31, 32, 51, 52, 53].flatMap((power) =>
  [-2, -1, 0, 1].flatMap((step) => [2 ** power + step, -(2 ** power) + step]),
);

test('numbers and bigints give the same bytes over all safe integers', () => {
  const anySafe = fc.oneof(
    fc.maxSafeInteger(),
    fc.constantFrom(...edges.filter(Number.isSafeInteger)),
  );
  fc.assert(
    fc.property(anySafe, (value) => {
      expect(bytesOf(value)).toEqual(bytesOf(BigInt(value)));
      expect(varintBytes(value)).toBe(bytesOf(value).length);
    }),
    { numRuns: 1_000 },
  );
});

test('the ends of 64 bits take ten bytes', () => {
  expect(bytesOf(2n ** 63n - 1n).toString('hex')).toBe('feffffffffffffffff01');
  expect(bytesOf(-(2n ** 63n)).toString('hex')).toBe('ffffffffffffffffff01');
});
