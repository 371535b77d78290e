import { expect, test } from 'vitest';
import { defaultCodec } from './column-codec.ts';

test.each([
  ["DateTime64(3, 'UTC')", false, 'Delta(8), ZSTD(1)'],
  ["Nullable(DateTime64(6, 'UTC'))", false, 'Delta(8), ZSTD(1)'],
  ['Date32', false, 'Delta(4), ZSTD(1)'],
  ['Int64', true, 'Delta(8), ZSTD(1)'],
  ['Int64', false, 'T64, ZSTD(1)'],
  ['Nullable(Int32)', false, 'T64, ZSTD(1)'],
  ['Float64', false, 'ZSTD(1)'],
  ['Array(Int32)', false, 'ZSTD(1)'],
  ['LowCardinality(Nullable(String))', true, 'ZSTD(1)'],
])('a column of %s, in the order: %s, is stored by %s', (type, isInOrder, codec) => {
  expect(defaultCodec(type, isInOrder)).toBe(codec);
});
