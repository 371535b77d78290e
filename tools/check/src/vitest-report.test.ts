import { expect, test } from 'vitest';
import { countTests } from './vitest-report.ts';

const report = (over: object): string =>
  JSON.stringify({
    numPassedTests: 3,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults: [],
    ...over,
  });

test('passed, failed and skipped tests are counted from the report', () => {
  const text = report({ numFailedTests: 2, numPendingTests: 1, numTodoTests: 1 });
  expect(countTests(text, false)).toEqual({ passed: 3, failed: 2, skipped: 2 });
});

test('a file that cannot be loaded is a failure although it holds no test', () => {
  const text = report({ testResults: [{ status: 'failed', assertionResults: [] }] });
  expect(countTests(text, false)).toEqual({ passed: 3, failed: 1, skipped: 0 });
});

test('a red run without a failed test still counts a failure', () => {
  expect(countTests(report({}), false).failed).toBe(1);
  expect(countTests(undefined, true).failed).toBe(1);
});

test('a green run counts none', () => {
  expect(countTests(report({}), true)).toEqual({ passed: 3, failed: 0, skipped: 0 });
});
