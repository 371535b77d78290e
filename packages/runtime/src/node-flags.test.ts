import { expect, test } from 'vitest';
import { missingNodeFlags, serviceNodeFlags } from './node-flags.ts';

test('a flag that somebody has set is theirs, on the command line or in NODE_OPTIONS', () => {
  expect(missingNodeFlags('sink', [], '')).toEqual(serviceNodeFlags('sink'));
  expect(
    missingNodeFlags('sink', ['--max-semi-space-size=32'], '--inspect --heap-growing-percent=50'),
  ).toEqual([]);
});

test('a service has flags of its own or those of all', () => {
  expect(serviceNodeFlags('sink')).toEqual(serviceNodeFlags('cdc'));
  expect(serviceNodeFlags('quality')).not.toEqual(serviceNodeFlags('cdc'));
});
