import { expect, test } from 'vitest';
import { createRecentMap } from './recent-map.ts';

test('what was used longest ago is forgotten first', () => {
  const map = createRecentMap<number>(2);
  map.set('a', 1);
  map.set('b', 2);
  expect(map.get('a')).toBe(1);
  map.set('c', 3);
  expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([1, undefined, 3]);
});

test('what is needed stays, and the size comes down again when it is not', () => {
  const needed = new Set([1]);
  const map = createRecentMap<number>(1, (value) => needed.has(value));
  map.set('a', 1);
  map.set('b', 2);
  expect(map.get('a')).toBe(1);
  needed.clear();
  for (const name of ['c', 'd', 'e']) map.set(name, 9);
  expect(map.size).toBeLessThanOrEqual(2);
  expect(map.get('a')).toBeUndefined();
});

test('of many new ones the size stays within its bound, and those used lately stay', () => {
  const map = createRecentMap<number>(1000);
  let largest = 0;
  for (let client = 0; client < 20_000; client += 1) {
    map.set(`client ${client}`, client);
    if (client >= 100) expect(map.get(`client ${client - 100}`)).toBe(client - 100);
    largest = Math.max(largest, map.size);
  }
  expect(largest).toBe(1000);
  expect(map.size).toBeGreaterThan(900);
});
