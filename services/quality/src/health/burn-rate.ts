/**
 * How fast the error budget goes: 1 uses it up exactly in its thirty days. Two windows each, so that an alarm begins soon after the trouble and ends
 * soon after it. Factors and windows are those of the SRE Workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts".
 */
import type { AlertSeverity } from '@millrace/operations';
import type { FreshnessWindows, RowCounts } from './freshness-windows.ts';

const minute = 60_000;
const hour = 60 * minute;
export const budgetMs = 30 * 24 * hour;

export interface BurnAlarm {
  readonly severity: AlertSeverity;
  readonly longMs: number;
  readonly rate: number;
}

const alarms = [
  { severity: 'critical', longMs: hour, shortMs: 5 * minute, factor: 14.4 },
  { severity: 'critical', longMs: 6 * hour, shortMs: 30 * minute, factor: 6 },
  { severity: 'warning', longMs: 72 * hour, shortMs: 6 * hour, factor: 1 },
] as const;

/** A handful of late rows in a quiet stream is no trend. */
const lateLeast = 10;

/**
 * @param overdue records that wait longer than the objective already and have not landed: late, whenever they land
 * @param lateShare that the objective allows, e.g. 0.001
 * @returns null where there is nothing to go by
 */
export const burnRate = (counts: RowCounts, overdue: number, lateShare: number): number | null => {
  const rows = counts.rows + overdue;
  return rows === 0 ? null : (counts.late + overdue) / rows / lateShare;
};

/** The gravest alarm that holds in both of its windows. */
export const burnAlarm = (
  windows: FreshnessWindows,
  nowMs: number,
  overdue: number,
  lateShare: number,
): BurnAlarm | undefined => {
  for (const { severity, longMs, shortMs, factor } of alarms) {
    const long = windows.counts(nowMs, longMs);
    if (long.late + overdue < lateLeast) continue;
    const rate = burnRate(long, overdue, lateShare) ?? 0;
    const short = burnRate(windows.counts(nowMs, shortMs), overdue, lateShare) ?? 0;
    if (rate >= factor && short >= factor) return { severity, longMs, rate };
  }
  return undefined;
};

/** What is left of the budget, 1 to below 0; null where nothing landed in thirty days. */
export const budgetLeft = (
  windows: FreshnessWindows,
  nowMs: number,
  lateShare: number,
): number | null => {
  const { rows, late } = windows.counts(nowMs, budgetMs);
  return rows === 0 ? null : 1 - late / (rows * lateShare);
};
