import { expect, test } from 'vitest';
import { createHotKeys } from './hot-keys.ts';

const key = (text: string) => Buffer.from(text);

test('a key gets its events a second and no more, and others are untouched', () => {
  const hot = createHotKeys(100);
  let passed = 0;
  for (let event = 0; event < 1000; event += 1) if (hot.take(key('hot'), 0)) passed += 1;
  expect(passed).toBe(100);
  for (let other = 0; other < 5000; other += 1)
    expect(hot.take(key(`cold-${other}`), 0)).toBe(true);
});

test('over many windows a key that comes all the time passes at its rate', () => {
  const hot = createHotKeys(100);
  let passed = 0;
  for (let ms = 0; ms < 60_000; ms += 1) if (hot.take(key('hot'), ms)) passed += 1;
  expect(passed).toBeGreaterThan(60 * 90);
  expect(passed).toBeLessThanOrEqual(60 * 100 + 100);
});

test('what came just before the turn of a window counts just after it', () => {
  const hot = createHotKeys(100);
  hot.take(key('other'), 0);
  const passed = (ms: number) =>
    Array.from({ length: 100 }, () => hot.take(key('a'), ms)).filter(Boolean).length;
  expect(passed(990)).toBe(100);
  expect(passed(1010)).toBeLessThanOrEqual(2);
});

test('after a rest a key is cold again', () => {
  const hot = createHotKeys(10);
  for (let event = 0; event < 20; event += 1) hot.take(key('a'), 0);
  expect(hot.take(key('a'), 999)).toBe(false);
  expect(hot.take(key('a'), 5000)).toBe(true);
});

test('among 60,000 events of 20,000 keys a second the hot one is found and few others are taken for it', () => {
  const hot = createHotKeys(50);
  let hotPassed = 0;
  let coldRefused = 0;
  for (let event = 0; event < 60_000; event += 1) {
    const ms = event / 60;
    if (event % 6 === 0) hotPassed += hot.take(key('hot'), ms) ? 1 : 0;
    else if (!hot.take(key(`cold-${(event * 7919) % 20_000}`), ms)) coldRefused += 1;
  }
  expect(hotPassed).toBeLessThanOrEqual(50);
  expect(hotPassed).toBeGreaterThan(0);
  expect(coldRefused).toBeLessThan(60);
});
