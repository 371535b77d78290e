/**
 * Counts from vitest's JSON report. A file that could not be loaded holds no test, yet it counts as one
 * failure; and a run that ended badly without naming a failed test (an unhandled rejection, no test
 * found, a killed worker) counts as one, so that a red run never prints "0 failed".
 */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: unknown[];
  }[];
}

/**
 * @param reportText the report's JSON, or undefined when vitest wrote none
 * @param succeeded whether vitest ended with exit code 0
 */
export function countTests(reportText: string | undefined, succeeded: boolean): Counts {
  if (reportText === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const report = JSON.parse(reportText) as Report;
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  const failed = report.numFailedTests + brokenFiles;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && !succeeded ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}
