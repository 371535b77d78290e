import { expect, test } from 'vitest';
import { createDeadlineQueue, Deadline } from './deadline-queue.ts';

class Named extends Deadline {
  readonly #name: string;
  readonly #passed: string[];

  constructor(name: string, passed: string[]) {
    super();
    this.#name = name;
    this.#passed = passed;
  }

  expired(): void {
    this.#passed.push(this.#name);
  }
}

/** A clock that the test moves; a sleep ends when it is past its time. */
const begin = (durationMs: number) => {
  let nowMs = 0;
  let sleeps: { atMs: number; wake: () => void }[] = [];
  const sleep = (ms: number) =>
    new Promise<void>((wake) => {
      sleeps.push({ atMs: nowMs + ms, wake });
    });
  const queue = createDeadlineQueue(durationMs, { sleep }, () => nowMs);
  const passed: string[] = [];
  return {
    queue,
    passed,
    timers: () => sleeps.length,
    open: (name: string) => {
      const deadline = new Named(name, passed);
      queue.open(deadline);
      return () => queue.close(deadline);
    },
    go: async (toMs: number) => {
      nowMs = toMs;
      for (let due = 1; due > 0; ) {
        const over = sleeps.filter(({ atMs }) => atMs <= nowMs);
        due = over.length;
        sleeps = sleeps.filter(({ atMs }) => atMs > nowMs);
        for (const { wake } of over) wake();
        await new Promise(setImmediate);
      }
    },
  };
};

test('each passes at its own time, in order, by one timer', async () => {
  const world = begin(100);
  world.open('a');
  await world.go(40);
  world.open('b');
  world.open('c');
  expect(world.timers()).toBe(1);
  await world.go(99);
  expect(world.passed).toEqual([]);
  await world.go(100);
  expect(world.passed).toEqual(['a']);
  await world.go(140);
  expect(world.passed).toEqual(['a', 'b', 'c']);
  expect(world.timers()).toBe(0);
});

test('one whose work is done never passes, and those behind it do', async () => {
  const world = begin(100);
  const done = world.open('done');
  world.open('open');
  done();
  await world.go(200);
  expect(world.passed).toEqual(['open']);
});

test('thousands that are done in time leave no timers and no memory behind', async () => {
  const world = begin(100);
  const last = world.open('last');
  for (let index = 0; index < 5000; index += 1) world.open('done')();
  last();
  await world.go(1000);
  world.open('later');
  await world.go(1099);
  expect(world.passed).toEqual([]);
  await world.go(1100);
  expect(world.passed).toEqual(['later']);
});
