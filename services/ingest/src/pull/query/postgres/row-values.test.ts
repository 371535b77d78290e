import pg from 'pg';
import { expect, test } from 'vitest';
import { rowTypes } from './row-values.ts';

const { builtins } = pg.types;
const parse = (oid: number, text: string) => rowTypes.getTypeParser(oid, 'text')(text);

test('times become ISO 8601 with every digit, and their offset in full', () => {
  expect(parse(builtins.TIMESTAMPTZ, '2026-11-27 08:00:00.123456+00')).toBe(
    '2026-11-27T08:00:00.123456Z',
  );
  expect(parse(builtins.TIMESTAMPTZ, '2026-11-27 08:00:00+01')).toBe('2026-11-27T08:00:00+01:00');
  expect(parse(builtins.TIMESTAMPTZ, '2026-11-27 08:00:00-03:30')).toBe(
    '2026-11-27T08:00:00-03:30',
  );
  expect(parse(builtins.TIMESTAMP, '2026-11-27 08:00:00.5')).toBe('2026-11-27T08:00:00.5');
  expect(parse(builtins.TIMESTAMPTZ, 'infinity')).toBe('infinity');
  expect(parse(builtins.DATE, '2026-11-27')).toBe('2026-11-27');
});

test('numbers that JavaScript would round stay text; others are what the driver makes of them', () => {
  expect(parse(builtins.INT8, '9007199254740993')).toBe('9007199254740993');
  expect(parse(builtins.NUMERIC, '0.10')).toBe('0.10');
  expect(parse(builtins.INT4, '7')).toBe(7);
  expect(parse(builtins.BOOL, 't')).toBe(true);
  expect(parse(builtins.JSONB, '{"a":1}')).toEqual({ a: 1 });
});
