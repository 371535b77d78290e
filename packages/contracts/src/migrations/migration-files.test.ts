import { expect, test } from 'vitest';
import { parseMigrations } from './migration-files.ts';

const split = (script: string) => script.split(';').map((one) => one.trim());
const file = (name: string, text = 'SELECT 1') => ({ path: `warehouse/${name}`, text });
const rules = (...files: { path: string; text: string }[]) =>
  parseMigrations(files, split).problems.map(({ file: path, rule }) => `${path}: ${rule}`);

test('files become statements in the order of their numbers, comments alone are none', () => {
  const second = file('0002_b.sql', 'SELECT 2; -- the end\n');
  const { migrations, problems } = parseMigrations([second, file('0001_a.sql')], split);
  expect(problems).toEqual([]);
  expect(migrations.map(({ name, statements }) => [name, statements.length])).toEqual([
    ['0001_a.sql', 1],
    ['0002_b.sql', 1],
  ]);
});

test('line ends of another system are no edit', () => {
  const checksum = (text: string) =>
    parseMigrations([file('0001_a.sql', text)], split).migrations[0]?.statements[0]?.checksum;
  expect(checksum('SELECT\r\n1')).toBe(checksum('SELECT\n1'));
  expect(checksum('SELECT\n2')).not.toBe(checksum('SELECT\n1'));
});

test('a gap, a number given twice, another name and an empty file are told with their file', () => {
  expect(rules(file('0002_b.sql'))).toEqual(['warehouse/0002_b.sql: migration-missing']);
  expect(rules(file('0001_a.sql'), file('0001_b.sql'))).toEqual([
    'warehouse/0001_b.sql: migration-duplicate',
  ]);
  expect(rules(file('1_a.sql'))).toEqual(['warehouse/1_a.sql: migration-name']);
  expect(rules(file('0001_a.sql', '-- later'))).toEqual(['warehouse/0001_a.sql: migration-empty']);
});
