import { expect, test } from 'vitest';
import { alertsText, silencesText, untilMs } from './alerts-text.ts';

test('a duration is a number and a unit', () => {
  expect(untilMs('2h', 1000)).toBe(7_201_000);
  expect(() => untilMs('soon', 0)).toThrow('30m');
});

test('an alert says what, since when, whose it is and what to do', () => {
  const alert = {
    ...({ id: 'lag:sink', name: 'ConsumerLag', severity: 'warning', subject: 'sink' } as const),
    ...{ contract: null, summary: '42 s behind', sinceMs: 0, endedMs: null },
    ...{ silence: 'x', acknowledgedBy: 'ada', runbook: 'http://here/ConsumerLag.md' },
  };
  expect(alertsText({ atMs: 1, open: [alert], ended: [] })).toBe(
    [
      'warning  ConsumerLag sink',
      '         42 s behind',
      '         since 1970-01-01T00:00:00Z; acknowledged by ada, silenced',
      '         id lag:sink  what to do: http://here/ConsumerLag.md',
    ].join('\n'),
  );
  expect(alertsText({ atMs: 1, open: [], ended: [] })).toBe('Nothing is wrong.');
  expect(silencesText([])).toBe('Nothing is silenced.');
});
