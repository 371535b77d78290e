import type { SqlEstimate } from '@millrace/operations';
import { expect, test } from 'vitest';
import { forecastText } from './forecast-text.ts';

const limits = { timeMs: 30_000, memoryBytes: 1e9, rows: 1000 };
const table = { table: 'a', rows: 12_408_113, parts: 412, bytes: 311_000_000 };
const estimate = (more: Partial<SqlEstimate>): SqlEstimate => ({
  ...{ refused: null, tables: [table], rows: table.rows, parts: 412, bytes: table.bytes, limits },
  ...more,
});

test('what would be read is told as the most that it can be', () => {
  expect(forecastText(estimate({}))).toEqual({
    ...{ tone: 'plain', text: 'Reads up to 12,408,113 rows, about 311 MB, in 412 parts.' },
  });
  expect(forecastText(estimate({ rows: 1, parts: 1, bytes: null })).text).toBe(
    'Reads up to 1 row, in 1 part.',
  );
  expect(forecastText(estimate({ tables: [], rows: 0 })).text).toContain('no rows');
});

test('what the service refuses is told apart from what ClickHouse does not understand', () => {
  const refused = (code: string, message: string) =>
    forecastText(estimate({ refused: { code, message }, tables: [] }));
  expect(refused('operations.sql-refused', 'Only a SELECT.')).toEqual({
    ...{ tone: 'bad', text: 'This would be refused: Only a SELECT.' },
  });
  const failed = refused('operations.sql-failed', 'x'.repeat(1_000));
  expect(failed.tone).toBe('warn');
  expect(failed.text.length).toBeLessThan(400);
});
