import { expect, test } from 'vitest';
import { ageText, bytesText } from './figures.ts';

test('a size has the unit in which it is small', () => {
  expect([0, 1023, 1024, 16 * 2 ** 20, 5 * 2 ** 50, -1536].map(bytesText)).toEqual([
    ...['0 B', '1023 B', '1.0 KiB', '16.0 MiB', '5120.0 TiB', '-1.5 KiB'],
  ]);
});

test('a time has the unit in which it is small', () => {
  expect([0.04, 9.96, 59, 200, 9000, 345_600].map(ageText)).toEqual([
    ...['0.0 s', '10.0 s', '59 s', '3 min', '2.5 h', '4.0 d'],
  ]);
});
