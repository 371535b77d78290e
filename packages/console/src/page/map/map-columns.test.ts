import { expect, test } from 'vitest';
import { mapColumns, numberOf } from './map-columns.ts';

test('coordinates are found by their names, the value is the first other number', () => {
  const columns = mapColumns(['iata', 'lat', 'lon', 'flights'], [['ORD', 41.9, -87.9, '120']]);
  expect(columns).toEqual({ latitude: 1, longitude: 2, value: 3, name: 0 });
});

test('states are found by their two letters, wherever they stand', () => {
  expect(mapColumns(['origin_state', 'n'], [['TX', 3]])).toEqual({ state: 0, value: 1, name: 0 });
  expect(mapColumns(['state', 'n'], [['open', 3]])).toBeUndefined();
  expect(mapColumns(['a', 'b'], [[1, 2]])).toBeUndefined();
});

test('a number that came as text is one, and nothing is none', () => {
  expect([1, '2', '', null, 'x', true].map(numberOf)).toEqual([
    ...[1, 2, undefined, undefined, undefined, undefined],
  ]);
});
