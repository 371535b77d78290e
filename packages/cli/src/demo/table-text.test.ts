import { expect, test } from 'vitest';
import { tableText } from './table-text.ts';

test('numbers stand to the right, text to the left', () => {
  expect(
    tableText(
      [
        { airport: 'ATL', flights: 1234 },
        { airport: 'X', flights: 5 },
      ],
      '',
    ),
  ).toBe(
    ['airport  flights', '───────  ───────', 'ATL         1234', 'X              5'].join('\n'),
  );
});

test('no rows are said to be none', () => {
  expect(tableText([], '')).toBe('(no rows)');
});
