import { expect, test } from 'vitest';
import { matchesPattern, silenceOf } from './silence.ts';

test('a star stands for any text, and nothing else is special', () => {
  expect(matchesPattern('*', 'anything')).toBe(true);
  expect(matchesPattern('flights.*', 'flights.departed')).toBe(true);
  expect(matchesPattern('flights.*', 'flightsXdeparted')).toBe(false);
  expect(matchesPattern('a(b', 'a(b')).toBe(true);
});

test('a silence holds until it ends; of several the one that holds longest', () => {
  const silence = (id: string, untilMs: number, subject = '*') => ({
    ...{ id, untilMs, subject, name: 'ConsumerLag', by: 'ada', reason: 'moving' },
  });
  const silences = [silence('short', 10), silence('long', 20), silence('other', 99, 'cdc')];
  const alert = { name: 'ConsumerLag', subject: 'sink' };
  expect(silenceOf(silences, alert, 5)?.id).toBe('long');
  expect(silenceOf(silences, alert, 20)).toBeUndefined();
  expect(silenceOf(silences, { ...alert, name: 'SlotLagging' }, 5)).toBeUndefined();
});
