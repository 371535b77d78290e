import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { OpenCondition } from '../conditions/condition-board.ts';
import { createAlertBook } from './alert-book.ts';
import type { AlertRecord } from './alert-record.ts';

const timing = { pendingMs: 60, holdMs: 120, repeatMs: 1000 };
const bookOf = (restored: readonly AlertRecord[] = [], settledMs = 0) =>
  createAlertBook({ timingOf: () => timing, restored, settledMs });
const lag = (sinceMs: number, more: Partial<OpenCondition> = {}): OpenCondition => ({
  ...{ key: 'lag:sink', name: 'ConsumerLag', severity: 'warning', subject: 'sink' },
  ...{ summary: '9 s behind', sinceMs, ...more },
});
const kinds = (changes: readonly { kind: string }[]) => changes.map(({ kind }) => kind);

test('what lasts shorter than pending disturbs nobody; what lasts fires once', () => {
  const book = bookOf();
  expect(book.round([lag(0)], 59)).toEqual([]);
  expect(book.round([], 60)).toEqual([]);
  expect(kinds(book.round([lag(70)], 130))).toEqual(['fired']);
  book.told(['lag:sink'], 130);
  expect(book.round([lag(70)], 140)).toEqual([]);
});

test('what comes and goes is one alert, and ends when it has stayed away', () => {
  const book = bookOf();
  book.round([lag(0)], 60);
  book.told(['lag:sink'], 60);
  expect(book.round([], 100)).toEqual([]);
  expect(book.round([lag(150)], 150)).toEqual([]);
  expect(book.round([], 269)).toEqual([]);
  expect(book.round([], 270)).toMatchObject([{ kind: 'ended', alert: { endedMs: 270 } }]);
  expect(book.open).toEqual([]);
});

test('nobody told, or told long ago: due; acknowledged: quiet, until it is graver', () => {
  const book = bookOf();
  book.round([lag(0)], 60);
  expect(kinds(book.round([lag(0)], 70))).toEqual(['due']);
  book.told(['lag:sink'], 70);
  expect(kinds(book.round([lag(0)], 1070))).toEqual(['repeated']);
  book.told(['lag:sink'], 1070);
  book.acknowledge('lag:sink', 'ada');
  expect(book.round([lag(0)], 9000)).toEqual([]);
  const graver = book.round([lag(0, { severity: 'critical' })], 9001);
  expect(graver).toMatchObject([{ kind: 'graver', alert: { acknowledgedBy: null } }]);
});

test('a restart ends nothing before everything has been looked at again, and tells nobody anew', () => {
  const first = bookOf();
  first.round([lag(0)], 60);
  first.told(['lag:sink'], 60);
  const second = bookOf(first.open, 500);
  expect(second.round([], 100)).toEqual([]);
  expect(second.round([lag(200)], 200)).toEqual([]);
  const third = bookOf(first.open, 500);
  expect(third.round([], 619)).toEqual([]);
  expect(kinds(third.round([], 620))).toEqual(['ended']);
});

test('an alert that is switched off ends, and does not fire', () => {
  const book = createAlertBook({
    ...{ timingOf: () => ({ ...timing, off: true }), settledMs: 0 },
    restored: [{ ...bookWith(), id: 'lag:sink' }],
  });
  expect(kinds(book.round([lag(0)], 5000))).toEqual(['ended']);
  expect(book.round([lag(0)], 6000)).toEqual([]);
});

const bookWith = (): AlertRecord => {
  const book = bookOf();
  book.round([lag(0)], 60);
  return book.open[0]!;
};

test('property: fired and ended alternate for each alert, whatever comes and goes', () => {
  const steps = fc.array(
    fc.record({ afterMs: fc.integer({ min: 1, max: 200 }), here: fc.subarray(['a', 'b', 'c']) }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(steps, (rounds) => {
      const book = bookOf();
      const since = new Map<string, number>();
      const open = new Set<string>();
      let nowMs = 0;
      for (const { afterMs, here } of rounds) {
        nowMs += afterMs;
        for (const key of since.keys()) if (!here.includes(key)) since.delete(key);
        for (const key of here) if (!since.has(key)) since.set(key, nowMs);
        const conditions = here.map((key) => lag(since.get(key)!, { key }));
        for (const { kind, alert } of book.round(conditions, nowMs)) {
          if (kind === 'ended') expect(open.delete(alert.id)).toBe(true);
          else if (kind === 'fired') {
            expect(open.has(alert.id)).toBe(false);
            open.add(alert.id);
            expect(nowMs - alert.sinceMs).toBeGreaterThanOrEqual(timing.pendingMs);
            book.told([alert.id], nowMs);
          }
        }
        expect(new Set(book.open.map(({ id }) => id))).toEqual(open);
      }
    }),
  );
});
