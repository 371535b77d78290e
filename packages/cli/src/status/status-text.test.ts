import type { HealthReport } from '@millrace/operations';
import { expect, test } from 'vitest';
import { statusText } from './status-text.ts';

const report: HealthReport = {
  ...{ atMs: 1_000_000, condition: 'bad' },
  streams: [
    {
      ...{ contract: 'flights.departed', topic: 'events.flights.departed' },
      ...{ table: 'flights_departed_raw', condition: 'bad', reasons: ['3 records are not there'] },
      perSecond: 12.3,
      freshness: {
        ...{ p50Ms: 40, p99Ms: 3200, objectiveMs: 1000, withinObjective: 0.9987, budgetLeft: -0.3 },
        ...{ burnRate: 1.3, lastEventMs: null, lastQueryableMs: null },
        ...{ overdue: 0, oldestWaitingMs: 0 },
      },
      counts: {
        ...{ onKafka: 10, landed: 7, dead: 0, skipped: 0, waiting: 0, rejected: 0, missing: 3 },
        ...{ double: 0, missingRanges: [], doubleRanges: [], countedAtMs: 1_000_000 },
      },
      dimension: null,
    },
  ],
  canary: {
    ...{ condition: 'ok', lastMs: 80, p50Ms: 80, p99Ms: 200_000, sent: 5, arrived: 4, lost: 1 },
  },
};

test('a stream is a line with its figures, then the reasons, the canary, and how old the word is', () => {
  const text = statusText(report, 1_004_000);
  expect(text).toContain('flights.departed');
  for (const figure of ['12/s', '40 ms', '3.2 s', '1.0 s', '99.87 %', '-30 %'])
    expect(text).toContain(figure);
  expect(text).toContain('flights.departed: 3 records are not there');
  expect(text).toContain('canary: ok; round trip p50 80 ms, p99 3 min; 5 sent, 4 arrived, 1 lost');
  expect(text.split('\n').at(-1)).toBe('bad, as of 4.0 s ago');
});

test('a project without tables says so', () => {
  expect(statusText({ ...report, streams: [], canary: null }, 1_000_000)).toContain(
    'No contract has a table.',
  );
});
