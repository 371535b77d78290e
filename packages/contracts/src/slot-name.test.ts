import { expect, test } from 'vitest';
import { slotNameOf } from './slot-name.ts';

test('a slot is called after its source, in characters that PostgreSQL takes and no longer than it takes', () => {
  expect(slotNameOf('Flights-EU')).toBe('millrace_flights_eu');
  expect(slotNameOf('x'.repeat(80))).toHaveLength(63);
});
