import type { PartResult } from './run-part.ts';
import type { Counts } from './vitest-report.ts';

/** The text at the end of a run. Its last line is a format that CI reads: do not decorate it. */
export function renderSummary(results: readonly PartResult[]): string {
  const width = Math.max(...results.map((result) => result.name.length));
  const rows = results.map(({ name, counts, elapsedMs, problems }) => {
    const mark = counts.failed === 0 ? 'ok    ' : 'FAILED';
    const seconds = `${(elapsedMs / 1000).toFixed(1)} s`.padStart(8);
    const row = `${mark} ${name.padEnd(width)} ${seconds}  ${renderCounts(counts)}`;
    return [row, ...problems.map((problem) => `       ${name} ${problem}`)].join('\n');
  });
  return `${rows.join('\n')}\n\n${renderCounts(total(results))}\n`;
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
