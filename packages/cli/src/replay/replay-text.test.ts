import { expect, test } from 'vitest';
import { createProgressText, nextStep, refusedText } from './replay-text.ts';

test('progress tells the rate of this run and the time left, not of what an earlier run did', () => {
  const text = createProgressText(0);
  expect(text({ done: 600, total: 1_000 }, 0)).toBe('600 of 1000 offsets, 0/s');
  expect(text({ done: 800, total: 1_000 }, 4_000)).toBe('800 of 1000 offsets, 50/s, 4 s left');
});

test('each phase names the command that goes on', () => {
  const replay = {
    id: 'x',
    contract: 'a.b',
    topic: 't',
    table: 'b_raw',
    ranges: [],
    incarnations: [],
    plannedAt: '',
  };
  const side = { table: 'b_raw_x', uuid: 'u' };
  expect(nextStep({ ...replay, mode: 'missing', phase: 'cleared' })).toContain('resume x');
  expect(nextStep({ ...replay, side, mode: 'side-table', phase: 'landed' })).toContain('swap x');
  expect(nextStep({ ...replay, side, mode: 'side-table', phase: 'done' })).toContain('cancel x');
});

test('what was refused is told, and nothing where nothing was', () => {
  expect(refusedText(0)).toBeUndefined();
  expect(refusedText(3)).toMatch(/^Refused: 3, which are dead letters/);
});
