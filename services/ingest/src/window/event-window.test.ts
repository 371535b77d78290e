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

test('a write that is closed once more does not touch the one that has its number now', () => {
  const window = createEventWindow(10);
  const first = take(window, 'a');
  window.succeed(first.write);
  const second = take(window, 'b');
  expect(second.write.number).toBe(first.write.number);
  window.fail(first.write);
  expect(window.claim('c', first.write)).toBe('new');
  expect(take(window, 'a').claim).toBe('written');
  expect(take(window, 'b').claim).toBe(second.write);
  window.fail(second.write);
  expect(take(window, 'b').claim).toBe('new');
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
  const window = createEventWindow(capacity, { value: 1 });
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

test('what came onto Kafka is handed out once as fingerprints, which another window takes for written', () => {
  const seed = { value: 3 };
  const here = createEventWindow(10, seed);
  const there = createEventWindow(10, seed);
  const { write } = take(here, 'a');
  here.claim('lost', write);
  const failed = take(here, 'failed');
  expect(here.takePrints().length).toBe(0);
  here.succeed(write);
  here.fail(failed.write);
  here.remember('read');
  here.remember('a');
  const prints = here.takePrints();
  expect(prints.length).toBe(3 * 16);
  expect(here.takePrints().length).toBe(0);
  there.rememberPrints(prints);
  for (const id of ['a', 'lost', 'read']) expect(take(there, id).claim).toBe('written');
  expect(take(there, 'failed').claim).toBe('new');
  expect(there.takePrints().length).toBe(0);
});

test('an id of the disk is known at once, and told unless another door has told it', () => {
  const seed = { value: 3 };
  const window = createEventWindow(10, seed);
  for (const id of ['told', 'read', 'alone']) window.rememberSpooled(id);
  expect(take(window, 'alone').claim).toBe('written');
  const other = createEventWindow(10, seed);
  other.remember('told');
  window.rememberPrints(other.takePrints());
  // Out of a topic it is known to nobody else.
  window.remember('read');
  const prints = window.takePrints();
  expect(prints.length).toBe(2 * 16);
  other.rememberPrints(prints);
  for (const id of ['read', 'alone']) expect(take(other, id).claim).toBe('written');
  window.rememberSpooled('told');
  expect(window.takePrints().length).toBe(0);
});

test('an id on its way that is found on Kafka is handed out, whatever its own write hears', () => {
  const window = createEventWindow(10);
  const { write } = take(window, 'a');
  window.remember('a');
  window.fail(write);
  expect(window.takePrints().length).toBe(16);
});

test('it tells how many writes had been opened before the oldest that is open', () => {
  const window = createEventWindow(10);
  expect(window.opened()).toEqual({ count: 0, oldest: 0 });
  const first = window.open();
  const second = window.open();
  window.succeed(first);
  expect(window.opened()).toEqual({ count: 2, oldest: 1 });
  window.fail(second);
  expect(window.opened()).toEqual({ count: 2, oldest: 2 });
});

test('how far back it reaches is known once it forgets', () => {
  const window = createEventWindow(3);
  window.mark(0);
  for (const [id, atMs] of [
    ['a', 60_000],
    ['b', 120_000],
    ['c', 180_000],
  ] as const) {
    window.remember(id);
    window.mark(atMs);
  }
  expect(window.reachMs(180_000)).toBeUndefined();
  window.remember('d');
  expect(window.reachMs(200_000)).toBe(140_000);
});
