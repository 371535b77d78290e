import { expect, test } from 'vitest';
import { changelogHeaders, isWithin } from './changelog-headers.ts';

test('state is committed when all of its input is', () => {
  const headers = changelogHeaders([5, 70]);
  expect(isWithin(headers, [5, 70])).toBe(true);
  expect(isWithin(headers, [6, 71])).toBe(true);
  expect(isWithin(headers, [6, 69])).toBe(false);
});

test('a record that says nothing, or of other topics, is not taken for committed', () => {
  expect(isWithin({}, [1])).toBe(false);
  expect(isWithin(changelogHeaders([1]), [1, 1])).toBe(false);
});
