import { expect, test } from 'vitest';
import { missingNodeFlags, serviceNodeFlags } from './node-flags.ts';

test('a flag that somebody has set is theirs, on the command line or in NODE_OPTIONS', () => {
  expect(missingNodeFlags([], '')).toEqual(serviceNodeFlags);
  expect(
    missingNodeFlags(['--max-semi-space-size=32'], '--inspect --heap-growing-percent=50'),
  ).toEqual([]);
});
