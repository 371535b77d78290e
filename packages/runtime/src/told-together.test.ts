import { expect, test, vi } from 'vitest';
import { createToldTogether } from './told-together.ts';

const setUp = (kindsMax = 10) => {
  const told: unknown[] = [];
  const pass = vi.fn<() => void>();
  const clock = {
    nowMs: () => 0,
    sleep: (_: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        pass.mockImplementation(resolve);
        signal?.addEventListener('abort', () => reject(signal.reason));
      }),
  };
  const stop = new AbortController();
  const together = createToldTogether<string>({
    ...{ kindsMax, clock, signal: stop.signal },
    first: (item) => told.push(item),
    again: (item, count) => told.push([item, count]),
    others: (count) => told.push(count),
  });
  return { told, pass, stop, ...together };
};

test('the first of a kind is told at once, those like it together, and then it is a first one again', async () => {
  const { told, pass, note } = setUp();
  for (const item of ['a1', 'a2', 'a3', 'b1']) note(item.charAt(0), () => item);
  expect(told).toEqual(['a1', 'b1']);
  pass();
  await expect.poll(() => told.slice(2)).toEqual([['a1', 2]]);
  note('a', () => 'a4');
  expect(told.at(-1)).toBe('a4');
});

test('kinds beyond the bound are counted as one, and are not made', () => {
  const { told, note, flush } = setUp(2);
  let made = 0;
  for (let kind = 0; kind < 1000; kind += 1) note(String(kind), () => `item ${made++}`);
  flush();
  expect(told).toEqual(['item 0', 'item 1', 998]);
});

test('what is counted is told when it ends', async () => {
  const { told, stop, note } = setUp();
  note('a', () => 'a1');
  note('a', () => 'a2');
  stop.abort();
  await expect.poll(() => told).toEqual(['a1', ['a1', 1]]);
});
