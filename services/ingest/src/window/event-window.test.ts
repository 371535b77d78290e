import { expect, test } from 'vitest';
import { createEventWindow, type EventWindow } from './event-window.ts';

const take = (window: EventWindow, id: string) => {
  const write = window.open();
  const claim = window.claim(id, write);
  return { claim, write };
};

test('an id is new, then pending, then written', async () => {
  const window = createEventWindow(10);
  const first = take(window, 'a');
  expect(first.claim).toBe('new');
  const second = take(window, 'a');
  expect(second.claim).toMatchObject({ number: first.write.number });
  window.succeed(first.write);
  expect(await first.write.settled).toBe(true);
  expect(take(window, 'a').claim).toBe('written');
});

test('a failed write forgets its ids, but not one that was meanwhile read on Kafka', async () => {
  const window = createEventWindow(10);
  const { write } = take(window, 'a');
  window.claim('b', write);
  window.remember('b');
  window.fail(write);
  expect(await write.settled).toBe(false);
  expect(take(window, 'a').claim).toBe('new');
  expect(take(window, 'b').claim).toBe('written');
});

test('a full window forgets the oldest id for the newest', () => {
  const window = createEventWindow(3);
  for (const id of ['a', 'b', 'c', 'd']) window.remember(id);
  expect(window.size()).toBe(3);
  expect(take(window, 'b').claim).toBe('written');
  expect(take(window, 'a').claim).toBe('new');
});

test('a write that fails after its ids were pushed out disturbs nobody', () => {
  const window = createEventWindow(2);
  const { write } = take(window, 'a');
  window.remember('b');
  window.remember('c');
  window.fail(write);
  expect(window.size()).toBe(2);
  expect(take(window, 'b').claim).toBe('written');
});

test('over a long random life it agrees with a plain model', () => {
  const capacity = 64;
  const window = createEventWindow(capacity, 1);
  // The model: ring of ids in order of arrival, with those of failed writes taken out but still counted.
  const ring: (string | undefined)[] = [];
  let state = 42;
  const chance = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
  for (let round = 0; round < 20_000; round += 1) {
    const id = `id-${chance(200)}`;
    const { claim, write } = take(window, id);
    const known = ring.includes(id);
    expect(claim).toBe(known ? 'written' : 'new');
    const failed = chance(5) === 0;
    if (failed) window.fail(write);
    else window.succeed(write);
    if (known) continue;
    ring.push(failed ? undefined : id);
    if (ring.length > capacity) ring.shift();
    expect(window.size()).toBe(ring.filter((held) => held !== undefined).length);
  }
});
