import { expect, test } from 'vitest';
import { fillSqlRule, sqlRuleFault } from './sql-rule.ts';

test.each([
  [`SELECT count() FROM \${table} WHERE \${column} < 0`, undefined],
  ['  with x as (select 1) select * from x;', undefined],
  [`-- how many\nSELECT countIf(note = 'a;b') FROM \${raw}`, undefined],
  [`SELECT count() FROM \${table} -- don't; stop\n WHERE note = 'a;b'`, undefined],
  ['SELECT max(`a;b`), "c;d" FROM x # one; two', undefined],
  ['SELECT 1; -- one;', undefined],
  [`INSERT INTO \${table} SELECT 1`, 'The query is no SELECT.'],
  [`/* SELECT */ DROP TABLE \${table}`, 'The query is no SELECT.'],
  ['SELECT 1; DROP TABLE x', 'The query holds several statements.'],
  ["SELECT 1 INTO OUTFILE 'x'", 'The query writes its answer in a form of its own.'],
  ['SELECT 1 FORMAT CSV', 'The query writes its answer in a form of its own.'],
  [`SELECT \${fields}`, `\${fields} is not known: \${table}, \${raw} and \${column} are.`],
])('%s: %s', (query, fault) => {
  expect(sqlRuleFault(query, true)).toBe(fault);
});

test('a column cannot be named where there is none', () => {
  expect(sqlRuleFault(`SELECT max(\${column}) FROM \${table}`, false)).toContain('whole schema');
});

test('comments and the semicolon before them are left out, texts stay', () => {
  const names = { table: '`a`', raw: '`a_raw`' };
  expect(fillSqlRule("SELECT '--;' /* ; */ ; -- done;", names)).toBe("SELECT '--;'");
});

test('names are filled in as they are given', () => {
  const names = { table: '`a`', raw: '`a_raw`', column: '`c`' };
  expect(fillSqlRule(`SELECT \${column}, \${property} FROM \${table}, \${raw};`, names)).toBe(
    'SELECT `c`, `c` FROM `a`, `a_raw`',
  );
});
