/** What came on a contract's topic in one window, and how its rules fared. Records come decoded; when a window ends is the watch's affair. */
import { isRowCheck, keyText, type QualityRule } from '@millrace/contracts';
import type { Measurement } from '../scan-statement.ts';
import { rowFailure } from './row-failure.ts';

export interface TopicRow {
  readonly partition: number;
  readonly offset: number;
  /** When it was sent, as far as that is believed. */
  readonly sentMs: number;
  readonly values: Readonly<Record<string, unknown>>;
}

export interface ClosedWindow {
  readonly seen: number;
  readonly checked: number;
  readonly unreadable: number;
  /** Looked at of those that came; 1 when nothing came. */
  readonly share: number;
  readonly measurements: ReadonlyMap<string, Measurement>;
  readonly samples: ReadonlyMap<string, readonly TopicRow[]>;
  /** When the last record that failed was sent, by the id of the rule; none of rules that nothing failed. */
  readonly failedMs: ReadonlyMap<string, number>;
}

export interface WindowTally {
  /** So many came, looked at or not. */
  saw(records: number): void;
  unreadable(): void;
  /** A deletion: looked at, and no row. */
  gone(): void;
  check(row: TopicRow): void;
  /** Ends the window and begins the next. */
  close(): ClosedWindow;
}

/** Keys that are remembered for duplicates, of one rule in one window. */
const keysMax = 50_000;

interface Count {
  readonly rule: QualityRule;
  /** True of a row that fails. */
  readonly fails: (row: TopicRow) => boolean;
  failed: number;
  failedMs: number | undefined;
  samples: TopicRow[];
  forget(): string | undefined;
}

const counterOf = (rule: QualityRule): Count => {
  const { check } = rule;
  const nothing = { failed: 0, failedMs: undefined, samples: [] };
  const count = { rule, ...nothing, forget: () => undefined };
  if (isRowCheck(check)) {
    const fails = rowFailure(check);
    return { ...count, fails: ({ values }) => fails(values[check.field]) };
  }
  if (check.kind !== 'duplicateValues') return { ...count, fails: () => false };
  const keys = new Set<string>();
  let isFull = false;
  return {
    ...count,
    fails: ({ values }) => {
      const parts = check.fields.map((field) => values[field]);
      if (parts.some((part) => part === null || part === undefined)) return false;
      const key = keyText(parts);
      if (keys.has(key)) return true;
      isFull = keys.size >= keysMax;
      if (!isFull) keys.add(key);
      return false;
    },
    forget: () => {
      keys.clear();
      const note = isFull ? `Only the first ${keysMax} keys were remembered.` : undefined;
      isFull = false;
      return note;
    },
  };
};

/** @param rules those that are judged on the topic */
export const createWindowTally = (rules: readonly QualityRule[]): WindowTally => {
  const counts = rules.map(counterOf);
  let [seen, checked, broken, gone] = [0, 0, 0, 0];

  const measurementOf = (count: Count, share: number): Measurement => {
    const { check, unit } = count.rule;
    if (check.kind === 'rowCount') return { measured: seen, rowsChecked: seen, rowsFailed: null };
    const note = count.forget();
    const rows = { rowsChecked: checked, rowsFailed: count.failed, ...(note && { note }) };
    const nothing = broken > 0 || gone === 0 ? 'No record could be read.' : 'No record was a row.';
    if (checked === 0) return { measured: null, ...rows, note: nothing };
    const measured =
      unit === 'percent' ? (count.failed / checked) * 100 : Math.round(count.failed / share);
    return { measured, ...rows };
  };

  return {
    saw: (records) => {
      seen += records;
    },
    unreadable: () => {
      broken += 1;
    },
    gone: () => {
      gone += 1;
    },
    check: (row) => {
      checked += 1;
      for (const count of counts) {
        if (!count.fails(row)) continue;
        count.failed += 1;
        count.failedMs = Math.max(count.failedMs ?? row.sentMs, row.sentMs);
        if (count.samples.length < count.rule.samplesMax) count.samples.push(row);
      }
    },
    close: () => {
      const share = seen === 0 ? 1 : Math.min(1, (checked + broken + gone) / seen);
      const closed = {
        ...{ seen, checked, share, unreadable: broken },
        measurements: new Map(counts.map((count) => [count.rule.id, measurementOf(count, share)])),
        samples: new Map(counts.map(({ rule, samples }) => [rule.id, samples])),
        failedMs: new Map(
          counts.flatMap(({ rule, failedMs }) =>
            failedMs === undefined ? [] : [[rule.id, failedMs] as const],
          ),
        ),
      };
      for (const count of counts) {
        count.failed = 0;
        count.failedMs = undefined;
        count.samples = [];
      }
      [seen, checked, broken, gone] = [0, 0, 0, 0];
      return closed;
    },
  };
};
