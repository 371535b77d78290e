import { expect, test } from 'vitest';
import { createEventWindow } from './event-window.ts';
import { createKnownEnds } from './known-ends.ts';

const world = (read?: Readonly<Record<string, readonly number[]>>) => {
  const window = createEventWindow(10);
  let end = 0;
  const kafka = { endOffsets: async () => [end] };
  const ends = createKnownEnds([{ topic: 't', partitions: 1, window }], kafka, read);
  return {
    window,
    at: async (offset: number) => {
      end = offset;
      return (await ends.ask())['t'];
    },
  };
};

test('without a write on its way everything before the end is known', async () => {
  const { window, at } = world();
  expect(await at(5)).toEqual([5]);
  window.succeed(window.open());
  expect(await at(9)).toEqual([9]);
});

test('a write that was on its way before the first question holds it where everything had been read', async () => {
  const { window, at } = world({ t: [3] });
  const write = window.open();
  expect(await at(5)).toEqual([3]);
  window.succeed(write);
  expect(await at(9)).toEqual([9]);
});

test('a write without an outcome holds it where the end was before the write, however long', async () => {
  const { window, at } = world();
  await at(5);
  const write = window.open();
  expect(await at(20)).toEqual([5]);
  const later = window.open();
  expect(await at(30)).toEqual([5]);
  window.succeed(write);
  expect(await at(40)).toEqual([20]);
  window.fail(later);
  expect(await at(50)).toEqual([50]);
});
