import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBufferPool, type PoolMember, poolSizes } from './buffer-pool.ts';

const MIB = 1024 * 1024;
const goesOn = { called: () => undefined, isStuck: () => false };

test('all lanes together stay within the memory, and every seat holds one insert', () => {
  const settings = fc.record({
    buffer: fc.integer({ min: 4 * MIB, max: 512 * MIB }),
    insert: fc.integer({ min: 64 * 1024, max: 256 * MIB }),
    lanes: fc.integer({ min: 1, max: 16 }),
  });
  fc.assert(
    fc.property(settings, ({ buffer, insert, lanes }) => {
      const { ownBytes, seatBytes, seats } = poolSizes(buffer, insert, lanes);
      expect(lanes * ownBytes + seats * seatBytes).toBeLessThanOrEqual(buffer);
      expect(seats).toBeGreaterThanOrEqual(2);
      expect(seatBytes).toBeLessThanOrEqual(Math.max(insert, ownBytes));
    }),
  );
});

const KIB = 1024;
const sizes = { ownBytes: 100 * KIB, seatBytes: 1000 * KIB, seats: 1 };

test('a lane with little never waits, whoever has the seats', () => {
  const pool = createBufferPool(sizes);
  const [big, small] = [pool.join(goesOn), pool.join(goesOn)];
  expect(big.room(500 * KIB)).toBe(600 * KIB);
  expect(small.room(20 * KIB)).toBe(80 * KIB);
  expect(small.room(99 * KIB)).toBe(64 * KIB);
  expect(small.isInLine()).toBe(false);
});

test('whoever has had a turn makes place for the first in line, who is called', () => {
  const pool = createBufferPool(sizes);
  const calls: string[] = [];
  const join = (name: string): PoolMember =>
    pool.join({ called: () => calls.push(name), isStuck: () => false });
  const [first, second, third] = [join('first'), join('second'), join('third')];
  const rooms = [first, second, third].map((lane) => lane.room(100 * KIB));
  expect(rooms).toEqual([1000 * KIB, 0, 0]);
  expect(first.room(1100 * KIB)).toBe(0);
  expect([first.isInLine(), second.isInLine(), third.isInLine()]).toEqual([false, true, true]);
  first.landed(900 * KIB);
  expect(calls).toEqual([]);
  first.landed(150 * KIB);
  expect(calls).toEqual(['second']);
  expect([first.room(150 * KIB), second.room(100 * KIB)]).toEqual([0, 1000 * KIB]);
  expect(first.isInLine()).toBe(true);
});

test('a seat that is not needed any more goes to the next, and alone a lane keeps its own', () => {
  const pool = createBufferPool(sizes);
  const calls: string[] = [];
  const first = pool.join(goesOn);
  const second = pool.join({ called: () => calls.push('second'), isStuck: () => false });
  first.room(300 * KIB);
  first.landed(150 * KIB);
  expect(first.room(150 * KIB)).toBe(950 * KIB);
  second.room(100 * KIB);
  first.room(50 * KIB);
  expect(calls).toEqual(['second']);
  expect(second.isInLine()).toBe(false);
});

test('nobody stands in line behind a lane that is stuck: little by little is better than not at all', () => {
  const pool = createBufferPool(sizes);
  let isStuck = false;
  const first = pool.join({ called: () => undefined, isStuck: () => isStuck });
  const second = pool.join(goesOn);
  first.room(500 * KIB);
  second.room(200 * KIB);
  expect(second.isInLine()).toBe(true);
  isStuck = true;
  expect(second.isInLine()).toBe(false);
});

test('what a lane that leaves had is free for others, and it is in no line', () => {
  const pool = createBufferPool(sizes);
  const calls: string[] = [];
  const join = (name: string): PoolMember =>
    pool.join({ called: () => calls.push(name), isStuck: () => false });
  const [first, second, third] = [join('first'), join('second'), join('third')];
  for (const lane of [first, second, third]) lane.room(100 * KIB);
  second.leave();
  first.leave();
  first.leave();
  expect(calls).toEqual(['third']);
  expect(third.room(100 * KIB)).toBe(1000 * KIB);
});

test('with fewer lanes there are more seats, with more lanes fewer, as soon as they are free', () => {
  const pool = createBufferPool(sizes);
  const calls: string[] = [];
  const join = (name: string): PoolMember =>
    pool.join({ called: () => calls.push(name), isStuck: () => false });
  const [first, second] = [join('first'), join('second')];
  for (const lane of [first, second]) lane.room(100 * KIB);
  pool.resize({ ...sizes, seats: 2 });
  expect(calls).toEqual(['second']);
  pool.resize({ ...sizes, ownBytes: 50 * KIB, seats: 1 });
  expect(first.room(60 * KIB)).toBe(990 * KIB);
  expect(first.room(20 * KIB)).toBe(64 * KIB);
  expect(join('third').room(60 * KIB)).toBe(0);
  second.room(20 * KIB);
  expect(calls).toEqual(['second', 'third']);
});
