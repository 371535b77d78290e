import { expect, test } from 'vitest';
import { encodeStandbyStatus } from './standby-status.ts';

test('a status carries the exact LSN three times and the time since 2000 in microseconds', () => {
  const at = Date.UTC(2000, 0, 1, 0, 0, 1);
  expect(encodeStandbyStatus(0x0000_0001_0154_e7a0n, at).toString('hex')).toBe(
    `72${'000000010154e7a0'.repeat(3)}00000000000f424000`,
  );
});

test('a status may ask for an answer', () => {
  expect(encodeStandbyStatus(0n, 0, true).at(-1)).toBe(1);
});
