import { expect, test } from 'vitest';
import type { PartResult } from './run-part.ts';
import { renderSummary } from './summary.ts';

const part = (name: string, passed: number, failed: number, skipped = 0): PartResult => ({
  name,
  counts: { passed, failed, skipped },
  elapsedMs: 1234,
  failures: [],
  problems: [],
});

const lastLine = (text: string): string | undefined => text.trimEnd().split('\n').at(-1);

test('the last line is the sum alone on a line', () => {
  const text = renderSummary([part('lint', 1, 0), part('unit', 40, 2)]);
  expect(lastLine(text)).toBe('41 passed, 2 failed');
});

test('skipped tests are named when there are any', () => {
  expect(lastLine(renderSummary([part('unit', 5, 0, 3)]))).toBe('5 passed, 0 failed, 3 skipped');
});

test('a problem stands under the part that has it', () => {
  const left = { ...part('stack', 4, 1), problems: ['left process 12 behind: java'] };
  expect(renderSummary([left])).toContain('stack left process 12 behind: java');
});

test('failed tests are named with file and error, right before the last line', () => {
  const stack = {
    ...part('stack', 586, 1, 1),
    failures: [{ test: 'a.stack.test.ts > lands once', error: 'expected 1 to be 2' }],
  };
  const lines = renderSummary([part('lint', 1, 0), stack])
    .trimEnd()
    .split('\n');
  expect(lines.slice(-3)).toEqual([
    'FAILED stack: a.stack.test.ts > lands once: expected 1 to be 2',
    '',
    '587 passed, 1 failed, 1 skipped',
  ]);
});
