import { expect, test } from 'vitest';
import { type Moment, readOutcome } from './vitest-report.ts';

const lines = (...moments: readonly Moment[]): string =>
  moments.map((moment) => `${JSON.stringify(moment)}\n`).join('');

const started = { what: 'started', test: 'a.test.ts > x' } as const;
const passed = { what: 'passed', test: 'a.test.ts > x' } as const;
const skipped = { what: 'skipped', test: 'a.test.ts > y' } as const;
const ended = { what: 'ended' } as const;
const failed = (error: string) => ({ what: 'failed', test: 'b.test.ts > z', error }) as const;

test('passed, failed and skipped tests are counted, and the failed ones named', () => {
  const text = lines(started, passed, skipped, failed('no'), ended);
  expect(readOutcome(text, false)).toEqual({
    counts: { passed: 1, failed: 1, skipped: 1 },
    failures: [{ test: 'b.test.ts > z', error: 'no' }],
  });
});

test('an error is told in one line, without colours', () => {
  const colour = `${String.fromCharCode(27)}[31m`;
  const { failures } = readOutcome(lines(failed(`\n${colour}expected 1\n+ 2`), ended), false);
  expect(failures[0]?.error).toBe('expected 1');
});

test('a long error is cut', () => {
  const { failures } = readOutcome(lines(failed('x'.repeat(10_000)), ended), false);
  expect(failures[0]?.error.length).toBeLessThan(300);
});

test('a run that was cut off names the tests that were running', () => {
  const text = `${lines(started, passed, { what: 'started', test: 'c.test.ts > hangs' })}{"wha`;
  expect(readOutcome(text, false)).toEqual({
    counts: { passed: 1, failed: 1, skipped: 0 },
    failures: [{ test: 'c.test.ts > hangs', error: 'was running when vitest ended' }],
  });
});

test('a red run without a failed test still counts a failure', () => {
  expect(readOutcome(lines(started, passed, ended), false).counts.failed).toBe(1);
  expect(readOutcome(lines(started, passed), true).counts.failed).toBe(1);
  expect(readOutcome('', true).counts.failed).toBe(1);
});

test('a green run counts none', () => {
  expect(readOutcome(lines(started, passed, ended), true).counts.failed).toBe(0);
});
