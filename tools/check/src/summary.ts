import type { PartResult } from './run-part.ts';
import type { Counts } from './vitest-report.ts';

/**
 * The text at the end of a run: the parts, then each failed test, one a line, where a log that is cut to its end still
 * has them. Its last line is a format that CI reads: do not decorate it.
 */
export function renderSummary(results: readonly PartResult[]): string {
  const width = Math.max(...results.map((result) => result.name.length));
  const rows = results.map(({ name, counts, elapsedMs, problems }) => {
    const mark = counts.failed === 0 ? 'ok    ' : 'FAILED';
    const seconds = `${(elapsedMs / 1000).toFixed(1)} s`.padStart(8);
    const row = `${mark} ${name.padEnd(width)} ${seconds}  ${renderCounts(counts)}`;
    return [row, ...problems.map((problem) => `       ${name} ${problem}`)].join('\n');
  });
  const failed = results.flatMap(({ name, failures }) =>
    failures.map(({ test, error }) => `FAILED ${name}: ${test}: ${error}`),
  );
  const blocks = [rows, failed, [renderCounts(total(results))]];
  const shown = blocks.filter((block) => block.length > 0).map((block) => block.join('\n'));
  return `${shown.join('\n\n')}\n`;
}

/** The counts of all parts together. */
export const total = (results: readonly PartResult[]): Counts =>
  results.reduce(
    (sum, { counts }) => ({
      passed: sum.passed + counts.passed,
      failed: sum.failed + counts.failed,
      skipped: sum.skipped + counts.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );

function renderCounts({ passed, failed, skipped }: Counts): string {
  const always = `${passed} passed, ${failed} failed`;
  return skipped === 0 ? always : `${always}, ${skipped} skipped`;
}
