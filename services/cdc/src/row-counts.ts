/**
 * What became of rows and transactions. Counted in plain numbers and told a thousand at a time: a counter's own
 * increment is 4 % of a row's cost.
 */
import type { Metrics } from '@millrace/runtime';
import type { Operation } from './envelope/table-writer.ts';
import type { EncodeOutcome } from './steps/encode-change.ts';

export interface RowCounts {
  /** `m`: a logical message. */
  changed(op: Operation | 'm', outcome: EncodeOutcome): void;
  committed(): void;
  /** Puts what was counted into the metrics. */
  tell(): void;
}

const UNTOLD_ROWS_MAX = 1000;
const operations = ['c', 'u', 'd', 'r', 't', 'm'] as const;

export const declareRowCounts = (metrics: Metrics): RowCounts => {
  const rows = metrics.counter({
    name: 'millrace_cdc_captured_rows_total',
    help: 'Row changes encoded, by Debezium’s op; m: logical messages.',
    labels: ['op'],
  });
  const dead = metrics.counter({
    name: 'millrace_cdc_dead_letter_rows_total',
    help: 'Row changes that could not be encoded and went to dead.cdc.',
  });
  const waitingRows = metrics.counter({
    name: 'millrace_cdc_waiting_rows_total',
    help: 'Row changes that went to dead.cdc because one of their key before them did.',
  });
  const skipped = metrics.counter({
    name: 'millrace_cdc_skipped_unchanged_rows_total',
    help: 'Updates left out because no captured column changed.',
  });
  const commits = metrics.counter({
    name: 'millrace_cdc_source_transactions_total',
    help: 'Transactions of PostgreSQL received whole.',
  });
  const none = { c: 0, u: 0, d: 0, r: 0, t: 0, m: 0, dead: 0, skipped: 0, waiting: 0, commits: 0 };
  let counts = { ...none };
  let untoldRows = 0;
  const tell = (): void => {
    for (const op of operations) if (counts[op] > 0) rows.labels(op).inc(counts[op]);
    dead.inc(counts.dead);
    skipped.inc(counts.skipped);
    waitingRows.inc(counts.waiting);
    commits.inc(counts.commits);
    counts = { ...none };
    untoldRows = 0;
  };
  return {
    changed: (op, outcome) => {
      if (outcome === 'encoded') counts[op]++;
      else if (outcome === 'skipped') counts.skipped++;
      else if (outcome === 'waiting') counts.waiting++;
      else if (outcome === 'dead-letter') counts.dead++;
      if (++untoldRows >= UNTOLD_ROWS_MAX) tell();
    },
    committed: () => {
      counts.commits++;
    },
    tell,
  };
};
