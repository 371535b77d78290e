import { expect, test } from 'vitest';
import { createConditionBoard } from './condition-board.ts';

const lag = (subject: string, summary: string) => ({
  ...({
    key: `lag:${subject}`,
    name: 'ConsumerLag',
    severity: 'warning',
    subject,
    summary,
  } as const),
});

test('what is raised again keeps its first moment and says the newest', () => {
  let now = 1000;
  const board = createConditionBoard(() => now);
  board.raise(lag('sink', '5 s behind'));
  now = 2000;
  board.raise(lag('sink', '9 s behind'));
  expect(board.open).toMatchObject([{ sinceMs: 1000, summary: '9 s behind' }]);
  board.clear('lag:sink');
  expect(board.open).toEqual([]);
});

test('what a round did not find any more is cleared, and what is another’s stays', () => {
  const board = createConditionBoard(() => 0);
  board.raise(lag('a', ''));
  board.raise(lag('b', ''));
  board.raise({ ...lag('c', ''), key: 'slot:c' });
  board.keepOnly('lag:', new Set(['lag:b']));
  expect(board.open.map(({ key }) => key)).toEqual(['lag:b', 'slot:c']);
});
