/** The summary of a load in words. What is counted is load-tally.ts. */
import type { LoadCounts } from '../load-tally.ts';

export interface LoadSummary extends LoadCounts {
  readonly source: string;
  readonly stream: string;
  readonly topic: string;
  readonly dryRun: boolean;
  /** Topic of rejected rows; null where the contract says `rejected: drop`. */
  readonly rejectedTopic: string | null;
  readonly elapsedMs: number;
}

/** 1234567 as `1,234,567`. */
export const count = (value: number): string => value.toLocaleString('en-US');

export const rate = (rows: number, elapsedMs: number): string =>
  `${count(Math.round(rows / Math.max(elapsedMs / 1000, 0.001)))}/s`;

/** `4 s`, `2 min 5 s`. */
export const shortDuration = (durationMs: number): string => {
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 1) return `${Math.round(durationMs)} ms`;
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
};

/** Lines for a person; what went wrong comes last, where it is read. */
export const summaryText = (summary: LoadSummary): string => {
  const { read, accepted, rejected, skipped, parts, elapsedMs, topic, dryRun } = summary;
  const nothing = parts === 0;
  const lines = nothing
    ? ['nothing to load: every file that is there was loaded before, or none is there']
    : [
        `${dryRun ? 'dry run: ' : ''}${count(read)} rows of ${count(parts)} ${parts === 1 ? 'file' : 'files'} read in ${shortDuration(elapsedMs)} (${rate(read, elapsedMs)})`,
        `  accepted  ${count(accepted)}  ${dryRun ? 'would go' : 'on Kafka,'} to ${topic}`,
        `  rejected  ${count(rejected)}${rejected > 0 && !dryRun ? keptText(summary) : ''}`,
      ];
  if (skipped > 0) lines.push(`  skipped   ${count(skipped)}  the mapping made nothing of them`);
  if (summary.resumedAfter > 0)
    lines.push(`  before    ${count(summary.resumedAfter)}  loaded by an earlier run`);
  for (const [code, times] of Object.entries(summary.rejectedByCode))
    lines.push(`  ${code}: ${count(times)}`);
  for (const { part, row, line, message } of summary.refused)
    lines.push(`  ${part}:${line ?? `row ${row}`}: ${message}`);
  const untold = rejected - summary.refused.length;
  if (untold > 0) lines.push(`  … and ${count(untold)} more`);
  for (const { part, code, message } of summary.failed)
    lines.push(`failed: ${message.startsWith(part) ? '' : `${part}: `}${message} [${code}]`);
  return `${lines.join('\n')}\n`;
};

const keptText = ({ rejectedTopic }: LoadSummary): string =>
  rejectedTopic === null
    ? '  not kept: the contract says `rejected: drop`'
    : `  kept in ${rejectedTopic}: millrace ingest rejected list`;
