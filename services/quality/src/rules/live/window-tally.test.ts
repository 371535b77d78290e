import type { QualityRule, RuleCheck } from '@millrace/contracts';
import { expect, test } from 'vitest';
import { createWindowTally } from './window-tally.ts';

const rule = (check: RuleCheck, more: Partial<QualityRule> = {}): QualityRule => ({
  ...{ id: check.kind, name: check.kind, check, unit: 'rows', action: 'alert', schedule: '' },
  ...{ onTable: false, onTopic: true, samplesMax: 2 },
  limit: { operator: 'mustBe', bounds: [0] },
  ...more,
});
const row = (offset: number, values: object) => ({
  ...{ partition: 0, offset, sentMs: 1_000 - offset, values: { ...values } },
});

test('a window counts what came and what failed, keeps a few of these, and the next begins empty', () => {
  const tally = createWindowTally([
    rule({ kind: 'nullValues', field: 'a' }),
    rule({ kind: 'range', field: 'b', min: 0 }, { unit: 'percent' }),
    rule({ kind: 'rowCount' }),
  ]);
  tally.saw(4);
  for (let at = 0; at < 4; at += 1) tally.check(row(at, { a: at === 0 ? 1 : null, b: at - 1 }));
  const closed = tally.close();
  expect(closed).toMatchObject({ seen: 4, checked: 4, share: 1 });
  expect(closed.measurements.get('nullValues')).toMatchObject({ measured: 3, rowsFailed: 3 });
  expect(closed.measurements.get('range')).toMatchObject({ measured: 25 });
  expect(closed.measurements.get('rowCount')).toMatchObject({ measured: 4 });
  expect(closed.samples.get('nullValues')?.map(({ offset }) => offset)).toEqual([1, 2]);
  // the newest of those that failed
  expect([...closed.failedMs]).toEqual([
    ['nullValues', 999],
    ['range', 1_000],
  ]);
  const empty = tally.close();
  expect([empty.seen, empty.checked, empty.failedMs.size]).toEqual([0, 0, 0]);
});

test('a key that comes twice in a window fails once; in the next window it is new; null is no key', () => {
  const tally = createWindowTally([rule({ kind: 'duplicateValues', fields: ['a', 'b'] })]);
  const send = (a: unknown, b: unknown) => {
    tally.saw(1);
    tally.check(row(0, { a, b }));
  };
  send('x', 1);
  send('x', 1);
  send('x', 2);
  send(null, 1);
  send(null, 1);
  expect(tally.close().measurements.get('duplicateValues')).toMatchObject({ measured: 1 });
  send('x', 1);
  expect(tally.close().measurements.get('duplicateValues')).toMatchObject({ measured: 0 });
});

test('of a part that was looked at the rows are estimated, and the share is told', () => {
  const tally = createWindowTally([rule({ kind: 'nullValues', field: 'a' })]);
  tally.saw(100);
  for (let at = 0; at < 10; at += 1) tally.check(row(at, { a: at < 5 ? null : 1 }));
  const closed = tally.close();
  expect(closed.share).toBe(0.1);
  expect(closed.measurements.get('nullValues')).toMatchObject({ measured: 50, rowsFailed: 5 });
});

test('when nothing could be read nothing is judged', () => {
  const tally = createWindowTally([rule({ kind: 'nullValues', field: 'a' })]);
  tally.saw(1);
  tally.unreadable();
  expect(tally.close().measurements.get('nullValues')).toMatchObject({ measured: null });
});
