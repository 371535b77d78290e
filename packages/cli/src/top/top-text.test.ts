import type { GroupLag, StreamHealth } from '@millrace/operations';
import { expect, test } from 'vitest';
import type { TopSight } from './read-top.ts';
import { type Paint, topLines } from './top-text.ts';

const stream = (contract: string, condition: StreamHealth['condition']): StreamHealth => ({
  ...{ contract, topic: contract, table: contract, condition, reasons: [], perSecond: 12_345 },
  freshness: {
    ...{ p50Ms: 40, p99Ms: 3200, objectiveMs: 1000, withinObjective: 1, budgetLeft: 1 },
    ...{ burnRate: 0, lastEventMs: null, lastQueryableMs: null, overdue: 0, oldestWaitingMs: 0 },
  },
  ...{ counts: null, dimension: null },
});
const group = (name: string, condition: GroupLag['condition']): GroupLag =>
  ({
    ...{ group: name, service: null, members: 2, topics: [], records: 1_500_000, seconds: 90 },
    ...{
      state: 'behind',
      condition,
      trendPerSecond: -5,
      clearSeconds: 600,
      consumedPerSecond: 3.25,
    },
    ...{ partitions: [] },
  }) as unknown as GroupLag;

const sight = (count: number): TopSight => ({
  atMs: Date.UTC(2026, 0, 1, 10, 20, 30),
  streams: {
    answer: {
      ...{ atMs: 0, condition: 'warn', canary: null },
      streams: [
        ...Array.from({ length: count }, (_, index) => stream(`s.${index}`, 'ok')),
        stream('the.worst', 'bad'),
      ],
    },
  },
  lag: { answer: { atMs: 0, groups: [group('calm', 'ok'), group('slow', 'warn')] } } as never,
  alerts: { code: 'operations.unknown', message: 'GET /api/v1/alerts does not exist.' },
});
const paper = { columns: 200, rows: 500 };

test('the worst of streams and groups stand first, with their figures', () => {
  const lines = topLines(sight(2), 'http://q', paper);
  expect(lines[0]).toBe('millrace  http://q  10:20:30Z  bad');
  const at = (word: string) => lines.findIndex((text) => text.includes(word));
  expect(at('the.worst')).toBeLessThan(at('s.0'));
  expect(at('slow')).toBeLessThan(at('calm'));
  expect(lines[at('the.worst')]).toMatch(/bad +12\.3k +40 ms +3\.2 s +1\.0 s/);
  expect(lines[at('slow')]).toMatch(/behind +1\.5M +90 s +3\.3 +-5\/s +10 min +2/);
});

test.each([
  [80, 24],
  [40, 10],
  [20, 5],
  [200, 12],
])('on a screen of %d by %d nothing wraps and nothing is pushed out', (columns, rows) => {
  const lines = topLines(sight(100), 'http://q', { columns, rows });
  expect(lines.length).toBeLessThanOrEqual(rows);
  expect(Math.max(...lines.map((text) => text.length))).toBeLessThanOrEqual(columns);
  expect(lines[0]).toContain('millrace');
});

test('what does not fit is counted, and groups keep their place beside many streams', () => {
  const text = topLines(sight(100), 'http://q', { columns: 120, rows: 24 }).join('\n');
  expect(text).toMatch(/… \d+ more/);
  expect(text).toContain('slow');
});

test('colour marks whole lines and is on top of the words', () => {
  const paint: Paint = (condition, text) => `<${condition}>${text}`;
  const lines = topLines(sight(1), 'http://q', paper, paint);
  expect(lines.find((text) => text.includes('the.worst'))).toMatch(/^<bad> +the\.worst +bad/);
});

test('a service that does not answer is said in a line', () => {
  const away = { code: 'operations.unavailable', message: 'http://q does not answer' };
  const lines = topLines({ atMs: 0, streams: away, lag: away, alerts: away }, 'http://q', paper);
  expect(lines).toEqual(['millrace  http://q  00:00:00Z', '  http://q does not answer']);
});
