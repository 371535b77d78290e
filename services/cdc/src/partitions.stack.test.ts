import { afterEach, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from './testing/cdc-under-test.ts';

let cdc: CdcUnderTest;
afterEach(() => cdc.close());

test.each([
  ['root', { parts: ['r 1 low', 'r 150 high', 'c 2 low', 'u 150 new', 'd 2', 'c 120 low'] }],
  [
    'leaf',
    {
      parts_low: ['r 1 low', 'c 2 low', 'd 2'],
      parts_high: ['r 150 high', 'u 150 new', 'c 120 low'],
    },
  ],
] as const)(
  'case 7: by %s partitions arrive under their topics, from snapshot and stream, also a row that moves',
  async (partitions, expected) => {
    cdc = await createCdcUnderTest(`cdc_by_${partitions}`);
    await cdc.database.query(`
    create table parts (id int primary key, v text) partition by range (id);
    create table parts_low partition of parts for values from (0) to (100);
    create table parts_high partition of parts for values from (100) to (200);
    insert into parts values (1, 'low'), (150, 'high')`);
    await (await cdc.start({ MILLRACE_CDC_PARTITIONS: partitions })).ready();
    await cdc.database.query(`insert into parts values (2, 'low')`);
    await cdc.database.query(`update parts set v = 'new' where id = 150`);
    await cdc.database.query('update parts set id = 120 where id = 2');
    await cdc.caughtUp();
    const arrived: Record<string, readonly string[]> = {};
    for (const table of ['parts', 'parts_low', 'parts_high']) {
      const rows = (await cdc.changes(table))
        .map(({ value }) => value)
        .filter((value) => value !== undefined)
        .map(({ after, before, op }) =>
          [op, (after ?? before)?.['id'], after?.['v']].join(' ').trimEnd(),
        );
      if (rows.length > 0) arrived[table] = rows;
    }
    expect(arrived).toEqual(expected);
  },
);
