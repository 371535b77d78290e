import { expect, test } from 'vitest';
import { selectTables } from './captured-tables.ts';

const tables = [
  { schema: 'public', table: 'orders' },
  { schema: 'public', table: 'order.lines' },
  { schema: 'sales', table: 'orders' },
];
const names = (patterns: readonly string[]) =>
  selectTables(tables, patterns).tables.map(({ schema, table }) => `${schema}.${table}`);

test('a pattern names a table, a schema or all', () => {
  expect(names(['public.orders'])).toEqual(['public.orders']);
  expect(names(['public.*'])).toEqual(['public.orders', 'public.order.lines']);
  expect(names(['*'])).toHaveLength(3);
  expect(names(['*.orders'])).toEqual(['public.orders', 'sales.orders']);
});

test('a dot is a dot, and a pattern without a table is told', () => {
  expect(selectTables(tables, ['publicxorders'])).toEqual({
    tables: [],
    unmatched: ['publicxorders'],
  });
});

test('a pattern with an exclamation mark takes tables out, wherever it stands', () => {
  expect(names(['!public.orders', 'public.*'])).not.toContain('public.orders');
});
