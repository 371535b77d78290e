import { expect, test } from 'vitest';
import { createRelationCache } from './relation-cache.ts';

test('a later relation takes the place of the earlier', () => {
  const cache = createRelationCache<string>();
  cache.set(1, 'first');
  expect(cache.get(1)).toBe('first');
  cache.set(1, 'second');
  expect(cache.get(1)).toBe('second');
});

test('a relation that is not captured is known as such, one never sent is an error', () => {
  const cache = createRelationCache<string | undefined>();
  cache.set(1, undefined);
  expect(cache.get(1)).toBeUndefined();
  expect(() => cache.get(2)).toThrow(/relation 2/);
});
