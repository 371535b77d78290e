import { expect, test } from 'vitest';
import { splitStatements } from './split-statements.ts';

test('statements are split at semicolons', () => {
  expect(splitStatements('SELECT 1; SELECT 2;\n;')).toEqual(['SELECT 1', 'SELECT 2']);
});

test('semicolons in quotes, names and comments do not split', () => {
  const statements = [
    "SELECT ';', 'it''s; \\';'",
    'SELECT 1 AS "a;b", 2 AS `c;d`',
    '-- no; end\nSELECT 3',
    'SELECT /* ; */ 4',
  ];
  expect(splitStatements(statements.join(';'))).toEqual(statements);
});

test('text without a statement is none', () => {
  expect(splitStatements(' ;\n; ')).toEqual([]);
});
