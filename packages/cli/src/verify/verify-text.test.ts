import { createRangeList, type FactVerdict } from '@millrace/reconcile';
import { afterEach, expect, test, vi } from 'vitest';
import { dimensionJson, factJson, printFact } from './verify-text.ts';

afterEach(() => vi.restoreAllMocks());

const verdict = (hasTtl: boolean): FactVerdict => {
  const missing = createRangeList();
  missing.add(5, 9);
  const none = {
    duplicates: createRangeList(),
    extra: createRangeList(),
    unexplained: createRangeList(),
  };
  const counts = { from: 0, end: 20, records: 20, landed: 15, dead: 0 };
  return {
    ...{ contract: 'a.b', topic: 'events.a.b', table: 'b_raw', hasTtl, ok: false },
    partitions: [{ partition: 3, ...counts, missing, ...none }],
  };
};

function printed(hasTtl: boolean): string {
  let text = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  printFact(verdict(hasTtl));
  return text;
}

test('a person reads the exact offsets, and that a TTL makes rows look missing where there is one', () => {
  expect(printed(false)).toContain('partition 3, missing: 5–9');
  expect(printed(false)).not.toContain('TTL');
  expect(printed(true)).toContain('The table has a TTL');
});

test('a program gets ranges, and of a dimension no values unless they may be shown', () => {
  expect(factJson(verdict(true)).partitions[0]!.missing).toEqual({
    total: 5,
    ranges: [{ from: 5, to: 9 }],
  });
  const columns = [{ name: 'city', source: 'Oslo', target: 'Bergen' }];
  const wrong = [{ kind: 'different', key: ['A1'], columns }] as const;
  const dimension = {
    ...{
      contract: 'a.c',
      table: 'public.c',
      view: 'c',
      sourceRows: 1,
      targetRows: 1,
      notCompared: [],
    },
    ...{ wrong, unsettled: 0, notExamined: 0, elapsedMs: 1, ok: false },
  };
  expect(dimensionJson(dimension, false).wrong[0]!.columns).toEqual([{ name: 'city' }]);
  expect(dimensionJson(dimension, true).wrong[0]!.columns).toEqual(columns);
});
