/** What `millrace status` prints: a row a stream, then why those that are not well are not. */
import type { HealthReport, StreamHealth } from '@millrace/operations';
import { tableText } from '../demo/table-text.ts';

/** `840 ms`, `3.2 s`, `5 min`, `2 h`. */
const span = (ms: number | null): string => {
  if (ms === null) return '–';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
};

const percent = (share: number | null, digits: number): string =>
  share === null ? '–' : `${(share * 100).toFixed(digits)} %`;

const rate = (perSecond: number | null): string => {
  if (perSecond === null) return '–';
  return `${perSecond >= 100 || perSecond === 0 ? Math.round(perSecond) : perSecond.toPrecision(2)}/s`;
};

const row = ({ contract, condition, perSecond, freshness, counts, dimension }: StreamHealth) => ({
  stream: contract,
  is: condition,
  rate: rate(perSecond),
  p50: span(freshness.p50Ms),
  p99: span(freshness.p99Ms),
  promised: span(freshness.objectiveMs),
  'in time': percent(freshness.withinObjective, 2),
  'budget left': percent(freshness.budgetLeft, 0),
  waiting: counts?.waiting ?? '–',
  dead: counts?.dead ?? '–',
  missing: counts?.missing ?? dimension?.missing ?? '–',
  double: counts?.double ?? '–',
});

/** The report for a person. */
export const statusText = (report: HealthReport, nowMs: number): string => {
  const { streams, canary } = report;
  const lines = [streams.length === 0 ? 'No contract has a table.' : tableText(streams.map(row))];
  for (const { contract, reasons } of streams)
    for (const reason of reasons) lines.push(`  ${contract}: ${reason}`);
  if (canary !== null)
    lines.push(
      `  canary: ${canary.condition}; round trip p50 ${span(canary.p50Ms)}, p99 ${span(canary.p99Ms)}; ${canary.sent} sent, ${canary.arrived} arrived, ${canary.lost} lost`,
    );
  lines.push(`${report.condition}, as of ${span(Math.max(0, nowMs - report.atMs))} ago`);
  return lines.join('\n');
};
