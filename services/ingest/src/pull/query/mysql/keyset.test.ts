import mysql from 'mysql2';
import { expect, test } from 'vitest';
import type { ColumnMeta } from './column-values.ts';
import { behindCondition, keysetColumn } from './keyset.ts';

const { Types } = mysql;
const column = (name: string, columnType: number, more: Partial<ColumnMeta> = {}) =>
  keysetColumn({
    ...{ name, columnType, characterSet: 45, columnLength: 20, flags: 0, decimals: 0 },
    ...more,
  });

test('rows behind a position are asked for so that an index on both columns serves', () => {
  const keyset = [column('at', Types.TIMESTAMP), column('id', Types.LONGLONG)];
  expect(behindCondition(keyset, { cursor: '2026-11-27 08:00:00', key: '7' })).toBe(
    "`at` >= '2026-11-27 08:00:00' AND (`at` > '2026-11-27 08:00:00' OR `id` > 7)",
  );
  expect(behindCondition([keyset[1]!], { cursor: '7', key: null })).toBe('`id` > 7');
});

test('each type has an exact literal, and nothing of a value is ever syntax', () => {
  expect(column('n', Types.NEWDECIMAL).literal('-1.50')).toBe('-1.50');
  expect(column('t', Types.VAR_STRING).literal(`'\\ü`)).toBe("_utf8mb4 x'275cc3bc'");
  const bytes = column('b', Types.STRING, { characterSet: 63 });
  expect(bytes.literal(bytes.text(Buffer.from([0, 255])))).toBe("x'00ff'");
  expect(column('a`b', Types.LONG).name).toBe('`a``b`');
  for (const [type, text] of [
    [Types.LONG, '1 OR 1=1'],
    [Types.DATETIME, "2026' OR '1"],
  ] as const)
    expect(() => column('c', type).literal(text)).toThrow(
      expect.objectContaining({ code: 'ingest.positions-invalid' }),
    );
});

test('types whose order is not their comparison are refused', () => {
  for (const [type, flags] of [
    [Types.STRING, 256],
    [Types.STRING, 2048],
    [Types.DOUBLE, 0],
    [Types.FLOAT, 0],
    [Types.JSON, 0],
    [Types.BIT, 0],
    [Types.DATE, 0],
  ] as const)
    expect(() => column('c', type, { flags })).toThrow(
      expect.objectContaining({ code: 'ingest.place-refused' }),
    );
});
