/**
 * A contract's quality rules as the platform judges them: read from ODCS `quality` of the schema and of its properties by
 * build-quality.ts. What a rule does when it fails stands here as a word; who does it is the quality service.
 */
import type { RuleLimit } from './rule-limit.ts';
import type { RuleValueForm } from './rule-values.ts';

/** What a failed rule does. `quarantine`: the door keeps the stream's events aside; `stop`: the stream stands. */
export const qualityActions = ['warn', 'alert', 'quarantine', 'stop'] as const;
export type QualityAction = (typeof qualityActions)[number];

/** A value that a contract names; null only among missing values. */
export type RuleValue = string | number | boolean | null;

/** Judged row by row, so also on the live topic. */
export type RowCheck = {
  /** Of a field whose records hold something else than the text that a contract writes. */
  readonly form?: RuleValueForm;
} & (
  | { readonly kind: 'nullValues'; readonly field: string }
  | {
      readonly kind: 'missingValues';
      readonly field: string;
      /** What counts as missing; null among them by default. */
      readonly values: readonly RuleValue[];
    }
  | {
      readonly kind: 'invalidValues';
      readonly field: string;
      readonly validValues?: readonly RuleValue[];
      /** A regular expression that RE2 and JavaScript read alike; found anywhere in the text. */
      readonly pattern?: string;
    }
  | {
      readonly kind: 'range';
      readonly field: string;
      readonly min?: number;
      readonly max?: number;
    }
);

export type RuleCheck =
  | RowCheck
  | { readonly kind: 'duplicateValues'; readonly fields: readonly string[] }
  | { readonly kind: 'rowCount' }
  | {
      readonly kind: 'sql';
      /** One SELECT; `${table}`, `${raw}` and `${column}` are filled in when it runs. */
      readonly query: string;
      readonly field?: string;
    }
  | { readonly kind: 'freshness'; readonly column: string }
  | {
      readonly kind: 'volume';
      readonly column: string;
      /** Robust deviations from the hour's usual count. */
      readonly threshold: number;
      /** Same hours of earlier weeks that must be known before it says anything. */
      readonly weeksMin: number;
    }
  | {
      readonly kind: 'drift';
      readonly field: string;
      readonly column: string;
      readonly isNumeric: boolean;
      readonly referenceMs: number;
      readonly currentMs: number;
      readonly bins: number;
      /** Rows in each period that must be there before it says anything. */
      readonly rowsMin: number;
    };

export interface QualityRule {
  /** Unique in its contract and stable: the ODCS `id`, else made of field and metric. */
  readonly id: string;
  /** For persons. */
  readonly name: string;
  readonly check: RuleCheck;
  readonly limit: RuleLimit;
  /** Of `measured`: rows, or percent of the rows that were checked; seconds, deviations, index for the rest. */
  readonly unit: 'rows' | 'percent' | 'seconds' | 'deviations' | 'index' | 'value';
  readonly dimension?: string;
  readonly severity?: string;
  readonly businessImpact?: string;
  readonly action: QualityAction;
  /** Cron in UTC, of the pass over the whole table. */
  readonly schedule: string;
  /** Judged on the table; false of a row count that is meant for each minute of the topic. */
  readonly onTable: boolean;
  /** Judged on the topic, each minute. */
  readonly onTopic: boolean;
  /** Rows that failed and are kept for a look. */
  readonly samplesMax: number;
}

const rowKinds: readonly RuleCheck['kind'][] = [
  'nullValues',
  'missingValues',
  'invalidValues',
  'range',
];

/** True of a check that looks at one row alone. */
export const isRowCheck = (check: RuleCheck): check is RowCheck => rowKinds.includes(check.kind);
