import { expect, test } from 'vitest';
import { parseShape, shapeText } from './shape-text.ts';

test('a shape comes back as it was written, and one of a later release is refused', () => {
  const shape = { version: 2, stores: {}, partitions: { 'key-1': 4 } };
  expect(parseShape('sums', shapeText(shape))).toEqual(shape);
  expect(() => parseShape('sums', '{"form":2,"version":1}')).toThrow(/later release/);
});
