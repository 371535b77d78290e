import { expect, test } from 'vitest';
import { fingerprint } from './fingerprint.ts';

test('the same text and seed give the same fingerprint, another seed another', () => {
  expect(fingerprint('flight-1', 7)).toEqual(fingerprint('flight-1', 7));
  expect(fingerprint('flight-1', 7)).not.toEqual(fingerprint('flight-1', 8));
});

test('texts that differ little, or only in their length, differ in every word', () => {
  const near = ['', '\0', '\0\0', 'a', 'b', 'ab', 'ba', 'aaaaaaaa', 'aaaaaaaab', 'aaaaaaaaa'];
  for (const word of [0, 1, 2, 3] as const)
    expect(new Set(near.map((text) => fingerprint(text, 1)[word])).size).toBe(near.length);
});

test('a hundred thousand numbered ids have no word in common beyond chance', () => {
  const prints = Array.from({ length: 100_000 }, (_, index) => fingerprint(`order-${index}`, 3));
  // Birthday: 10^10 / 2^33 is about 1.2 pairs for each word.
  for (const word of [0, 1, 2, 3] as const)
    expect(new Set(prints.map((print) => print[word])).size).toBeGreaterThan(99_985);
});
