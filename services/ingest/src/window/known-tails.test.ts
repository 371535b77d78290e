import { expect, test } from 'vitest';
import type { DoorSeries } from './door-series.ts';
import { createKnownTails } from './known-tails.ts';

const door = (name: string, end: number, more: Partial<DoorSeries> = {}): DoorSeries => ({
  ...{ door: name, ends: { t: [end] }, isClosed: false, seenMs: 0, offset: 0 },
  ...more,
});
const read = (from: number | undefined, to: number) => ({
  from: from === undefined ? undefined : [from],
  to: [to],
});

test('what a door read at its start it knows whole, and says so before it has heard itself', () => {
  const tails = createKnownTails();
  const killed = [door('a', 10), door('b', 30)];
  expect(tails.startOf(killed, 't')).toEqual([10]);
  expect(tails.startOf(killed, 'other')).toBeUndefined();
  tails.read(killed, 't', read(10, 50));
  expect(tails.whole(killed, 'own')).toEqual({ t: [50] });
});

test('the next door begins where the one before it knew all, not where the first that was killed had told', () => {
  const series = [door('a', 10), door('b', 30), door('c', 60, { whole: { t: [50] } })];
  const tails = createKnownTails();
  expect(tails.startOf(series, 't')).toEqual([50]);
});

test('nothing that was read for one silent door is read again for another', () => {
  const tails = createKnownTails();
  tails.read([door('a', 10), door('b', 30)], 't', read(10, 50));
  expect(tails.startOf([door('a', 10)], 't')).toEqual([50]);
  tails.read([door('a', 10)], 't', read(50, 80));
  expect(tails.startOf([door('b', 30)], 't')).toEqual([80]);
});

test('what is known whole goes on with the door that has told least, itself among them, and only with what it heard', () => {
  const tails = createKnownTails();
  tails.read([], 't', read(undefined, 50));
  expect(tails.whole([door('own', 70), door('other', 60)], 'own')).toEqual({ t: [60] });
  // Of one that speaks for the first time it knows what that one says, and goes back for nobody.
  expect(tails.whole([door('own', 90), door('other', 80), door('new', 55)], 'own')).toEqual({
    t: [60],
  });
  expect(tails.whole([door('own', 90), door('other', 80), door('new', 85)], 'own')).toEqual({
    t: [80],
  });
});

test('reading for a door that had told more leaves open what others did not tell', () => {
  const tails = createKnownTails();
  const doors = [door('own', 90), door('slow', 60), door('silent', 80)];
  tails.read([], 't', read(undefined, 50));
  tails.whole(doors, 'own');
  expect(tails.startOf([doors[2]!], 't')).toEqual([80]);
  tails.read([doors[2]!], 't', read(80, 100));
  expect(tails.whole(doors, 'own')).toEqual({ t: [60] });
  expect(tails.startOf([doors[1]!], 't')).toEqual([60]);
  // The silent one does not hold it back.
  expect(tails.whole([door('own', 95), door('slow', 94), doors[2]!], 'own')).toEqual({ t: [94] });
});

test('a topic that was made anew is not known', () => {
  const tails = createKnownTails();
  tails.read([], 't', read(undefined, 50));
  expect(tails.whole([door('own', 70)], 'own')).toEqual({ t: [70] });
  expect(tails.whole([door('own', 5)], 'own')).toEqual({ t: [5] });
});
