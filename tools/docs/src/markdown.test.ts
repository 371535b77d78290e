import { expect, test } from 'vitest';
import { page, table } from './markdown.ts';

test('a cell cannot break its table', () => {
  expect(table(['a'], [['x | y\n z']])).toBe('| a |\n|---|\n| x \\| y z |\n');
});

test('a placeholder survives outside of code, and is left alone inside', () => {
  expect(table(['a'], [['topics.<name> and `topics.<name>`']])).toContain(
    '| topics.\\<name> and `topics.<name>` |',
  );
});

test('a table without rows is nothing', () => {
  expect(table(['a'], [])).toBe('');
});

test('a page ends with one line break and has no empty section', () => {
  expect(page('T', 'x', ['', 'one\n'])).toMatch(/^# T\n\nGenerated .*\n\none\n$/);
});
