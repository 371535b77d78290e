import { expect, test, vi } from 'vitest';
import { DIRTY, type Entry, newEntry, ON_DISK, SENT, USED } from './entry.ts';
import { createSecondChance } from './second-chance.ts';

const clean = ON_DISK | SENT;

const setUp = (flags: readonly number[]) => {
  const map = new Map<string, Entry>();
  const walks = vi.fn(() => map.values());
  const chances = createSecondChance({
    entries: walks,
    entryCount: () => map.size,
    mayGo: ({ key }) => key !== 'held',
    remove: ({ key }) => map.delete(key),
  });
  const insert = (key: string, flag = clean) => {
    map.set(key, newEntry(key, undefined, flag));
    chances.inserted();
  };
  for (const [index, flag] of flags.entries()) insert(`entry ${index}`, flag);
  return { map, walks, insert, evict: chances.evict, keys: () => [...map.keys()] };
};

test('who was used is passed over once, and who is not on disk, or may not go, stays', () => {
  const { evict, insert, keys } = setUp([clean, clean | USED, clean | DIRTY, clean]);
  insert('held');
  expect(evict(2)).toBe(2);
  expect(keys()).toEqual(['entry 1', 'entry 2', 'held']);
  expect(evict(2)).toBe(1);
  expect(keys()).toEqual(['entry 2', 'held']);
});

test('it goes on where it was', () => {
  const { evict, map, keys } = setUp([clean | USED, clean, clean, clean]);
  evict(1);
  map.get('entry 0')!.flags |= USED;
  evict(1);
  expect(keys()).toEqual(['entry 0', 'entry 3']);
});

test('it begins anew once as much was put in as there is: what stands still keeps alive what was deleted', () => {
  const { map, evict, insert, walks } = setUp(Array.from({ length: 100 }, () => clean));
  evict(1);
  for (let count = 0; count < 200; count += 1) {
    insert(`later ${count}`);
    map.delete(`later ${count}`);
    if (count === 50) evict(1);
  }
  expect(walks).toHaveBeenCalledTimes(1);
  evict(1);
  expect(walks).toHaveBeenCalledTimes(2);
});
