import { describe, expect, test } from 'vitest';
import type { Migration } from '../migrations/migration-files.ts';
import { isRepeatable, planMigrations, type StatementRecord } from './migrations.ts';

const texts = ['CREATE TABLE IF NOT EXISTS a (x Int8)', 'INSERT INTO a SELECT 1', 'SELECT 3'];
const migration: Migration = {
  number: 1,
  name: '0001_a.sql',
  path: 'warehouse/0001_a.sql',
  statements: texts.map((text) => ({ text, checksum: text })),
};
const record = (
  statement: number,
  state: StatementRecord['state'],
  change: Partial<StatementRecord> = {},
): StatementRecord => {
  const checksum = texts[statement - 1] ?? '';
  return { number: 1, name: '0001_a.sql', statement, checksum, state, ...change };
};
const done = (statement: number) => [record(statement, 'begun'), record(statement, 'done')];
const plan = (records: readonly StatementRecord[], decision?: 'again' | 'done') =>
  planMigrations([migration], records, decision).map(({ kind, line, action }) =>
    action === undefined ? `${kind}: ${line}` : `${kind}: from ${action.from}`,
  );

describe('a migration', () => {
  test('goes on behind the last statement that ended', () => {
    expect(plan([])).toEqual(['create: from 1']);
    expect(plan(done(1))).toEqual(['create: from 2']);
    expect(plan([...done(1), ...done(2), ...done(3)])).toEqual(['unchanged: carried out']);
  });

  test('whose statement was begun repeats it where its form allows, or was refused without a trace', () => {
    expect(plan([record(1, 'begun')])).toEqual(['create: from 1']);
    expect(plan([...done(1), record(2, 'begun'), record(2, 'failed')])).toEqual(['create: from 2']);
  });

  test('whose insert was begun and has no end needs a person', () => {
    const begun = [...done(1), record(2, 'begun')];
    expect(plan(begun)).toEqual([expect.stringMatching(/^refused: statement 2 was begun/)]);
    expect(plan(begun, 'again')).toEqual(['create: from 2']);
    expect(plan(begun, 'done')).toEqual(['create: from 3']);
  });

  test('is refused when a statement that was carried out is another one now', () => {
    expect(plan([record(1, 'done', { checksum: 'other' })])).toEqual([
      expect.stringMatching(/^refused: statement 1 was carried out and is another/),
    ]);
  });

  test('may be edited from the first statement on that is not done', () => {
    expect(plan([...done(1), record(2, 'failed', { checksum: 'other' })])).toEqual([
      'create: from 2',
    ]);
  });

  test('is refused under another name, or when its file is gone', () => {
    expect(plan([record(1, 'done', { name: '0001_b.sql' })])).toEqual([
      expect.stringMatching(/^refused: number 1 was carried out as 0001_b/),
    ]);
    expect(planMigrations([], done(1))).toMatchObject([{ kind: 'refused', name: '0001_a.sql' }]);
  });
});

test.each([
  ['CREATE OR REPLACE VIEW v AS SELECT 1', true],
  ['-- why\nCREATE MATERIALIZED VIEW IF NOT EXISTS v TO t AS SELECT 1', true],
  ['CREATE TABLE t (x Int8)', false],
  ['DROP TABLE IF EXISTS t', true],
  ['ALTER TABLE t ADD COLUMN IF NOT EXISTS x Int8', true],
  ['ALTER TABLE t ADD COLUMN x Int8', false],
  ['ALTER TABLE t UPDATE x = x + 1 WHERE 1', false],
  ['INSERT INTO t SELECT 1', false],
])('%s may be carried out twice: %s', (text, expected) => {
  expect(isRepeatable({ text, checksum: '' })).toBe(expected);
});
