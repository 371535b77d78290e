import { expect, test } from 'vitest';
import { createPrintBuffer } from './print-buffer.ts';

const print = (number: number) => Int32Array.of(number, -number, 0, 7);
const numbers = (bytes: Buffer) =>
  Array.from({ length: bytes.length / 16 }, (_, at) => bytes.readInt32LE(at * 16));

test('fingerprints are taken once, in order, however many came', () => {
  const buffer = createPrintBuffer(10_000);
  for (let number = 0; number < 3000; number += 1) buffer.add(print(number), 0);
  expect(numbers(buffer.take())).toEqual(Array.from({ length: 3000 }, (_, number) => number));
  expect(buffer.take().length).toBe(0);
  buffer.add(print(5), 0);
  expect(numbers(buffer.take())).toEqual([5]);
});

test('beyond its bound it holds the last ones', () => {
  const buffer = createPrintBuffer(10);
  for (let number = 0; number < 25; number += 1) buffer.add(print(number), 0);
  const held = numbers(buffer.take());
  expect(held.length).toBeLessThanOrEqual(10);
  expect(held).toEqual(Array.from({ length: held.length }, (_, at) => 25 - held.length + at));
});
