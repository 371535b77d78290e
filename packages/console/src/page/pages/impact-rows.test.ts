import { expect, test } from 'vitest';
import { impactRows } from './impact-rows.ts';

const participant = (kind: 'transform' | 'sink' | 'group' | 'query', name: string) => ({
  ...{ kind, name, seen: true, declared: kind !== 'group', lastMs: 7 },
});

test('each is named once and leads to its page; a user and a role of ClickHouse have none', () => {
  const rows = impactRows({
    ...{ contract: 'flights.departed', changes: [], columns: [] },
    objects: [
      { kind: 'transform', name: 'delays', why: 'reads delay' },
      { kind: 'stream', name: 'flights.delays', why: 'made by delays' },
      { kind: 'view', name: 'flights_departed', why: 'shows delay' },
      { kind: 'rule', name: 'delay-in-range', why: 'looks at delay' },
      { kind: 'reader', name: 'desk', why: 'chooses rows by delay' },
    ],
    affected: [
      participant('transform', 'delays'),
      participant('sink', 'sink'),
      participant('group', 'fraud scoring'),
      participant('query', 'ada'),
    ],
  });
  expect(rows.map(({ kind, href }) => [kind, href])).toEqual([
    ['transform', '/transforms/delays'],
    ['stream', '/streams/flights.delays'],
    ['view', '/tables?q=flights.departed'],
    ['rule', '/quality/flights.departed/delay-in-range'],
    ['reader', undefined],
    ['sink', '/lag?q=sink'],
    ['group', '/lag/fraud%20scoring'],
    ['query', undefined],
  ]);
  expect(rows[0]).toMatchObject({ why: 'reads delay', lastMs: 7 });
  expect(rows[6]?.why).toBe('reads: seen, not declared');
});
