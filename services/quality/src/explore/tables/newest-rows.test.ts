import { expect, test } from 'vitest';
import { createNewestRows } from './newest-rows.ts';
import type { TableFigures } from './read-tables.ts';
import { partsCondition } from './watch-tables.ts';

const table = (partitions: TableFigures['partitions']): TableFigures => ({
  ...{ table: 't', engine: 'MergeTree', rows: 1, bytes: 1, parts: 1, partsMax: 1 },
  ...{ hasIngested: true, partitions },
});

test('only what was inserted since is looked into, and a merge is no insert', () => {
  const newest = createNewestRows();
  const first = [table([{ id: '1', block: 5, part: '1_1_5_1' }])];
  expect(newest.due(first)).toEqual(new Map([['t', ['1_1_5_1']]]));
  newest.found(first, new Map([['t', 1000]]));
  expect(newest.of('t')).toBe(1000);
  const merged = [table([{ id: '1', block: 5, part: '1_1_5_2' }])];
  expect(newest.due(merged)).toEqual(new Map());
  newest.found(merged, new Map());
  const more = [
    table([
      { id: '1', block: 5, part: '1_1_5_2' },
      { id: '2', block: 6, part: '2_6_6_0' },
    ]),
  ];
  expect(newest.due(more)).toEqual(new Map([['t', ['2_6_6_0']]]));
});

test('a part that was merged away before it was looked into is looked for again', () => {
  const newest = createNewestRows();
  const first = [table([{ id: '1', block: 5, part: '1_5_5_0' }])];
  newest.found(first, new Map());
  expect(newest.due(first).size).toBe(1);
  expect(newest.of('t')).toBeNull();
});

test('a table that does not keep the moment is never looked into', () => {
  const newest = createNewestRows();
  expect(
    newest.due([{ ...table([{ id: '1', block: 5, part: 'p' }]), hasIngested: false }]).size,
  ).toBe(0);
});

test.each([
  [10, 'ok'],
  [499, 'ok'],
  [500, 'warn'],
  [1000, 'bad'],
])('%d parts where inserts are slowed down from 1000 on are %s', (parts, condition) => {
  expect(partsCondition(parts, { delayAt: 1000, refuseAt: 3000 })).toBe(condition);
  expect(partsCondition(parts, { delayAt: null, refuseAt: null })).toBe('ok');
});
