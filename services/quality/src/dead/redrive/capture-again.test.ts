import { expect, test } from 'vitest';
import { rowFilter } from './capture-again.ts';

test('a row is named by its key, quoted as SQL wants it', () => {
  expect(rowFilter(['id', 'na"me'], { id: '5', 'na"me': "o'hara", other: 'x' })).toBe(
    `("id" = '5' AND "na""me" = 'o''hara')`,
  );
});

test('a key that is cut, hidden, null or not there names no row', () => {
  for (const id of ['xxx… (5000 bytes)', '(hidden)', null, undefined])
    expect(rowFilter(['id'], { id })).toBeUndefined();
  expect(rowFilter([], { id: '1' })).toBeUndefined();
});
