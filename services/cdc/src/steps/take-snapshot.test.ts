import { expect, test } from 'vitest';
import { snapshotMarker } from './take-snapshot.ts';

test('markers tell the first and last row of the snapshot and of each table', () => {
  const [first, middle, last] = [
    { isFirstTable: true, isLastTable: false },
    { isFirstTable: false, isLastTable: false },
    { isFirstTable: false, isLastTable: true },
  ] as const;
  expect(snapshotMarker(first, true, false)).toBe('first');
  expect(snapshotMarker(first, false, false)).toBe('true');
  expect(snapshotMarker(first, false, true)).toBe('last_in_data_collection');
  expect(snapshotMarker(middle, true, false)).toBe('first_in_data_collection');
  expect(snapshotMarker(middle, true, true)).toBe('last_in_data_collection');
  expect(snapshotMarker(last, false, true)).toBe('last');
  expect(snapshotMarker({ isFirstTable: true, isLastTable: true }, true, true)).toBe('last');
});
