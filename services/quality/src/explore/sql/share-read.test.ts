import { expect, test } from 'vitest';
import { shareRead } from './share-read.ts';

const columns = [
  { column: 'a', size: '100' },
  { column: 'b', size: '300' },
];

test('the share is that of the columns that are read; where nobody tells it, it is all', () => {
  expect(shareRead(columns, new Set(['a']))).toBe(0.25);
  expect(shareRead(columns, new Set(['a', 'b']))).toBe(1);
  expect(shareRead(columns, new Set(['other']))).toBe(0);
  expect(shareRead(columns, undefined)).toBe(1);
  expect(shareRead([{ column: 'a', size: '0' }], new Set(['a']))).toBe(1);
});
