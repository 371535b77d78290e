/** Rules of contracts and what came out. `GET /api/v1/quality/rules`, `/api/v1/quality/results?contract=&rule=&hours=`. */
import type { Series } from './severity.ts';

export const ruleOutcomes = ['passed', 'warning', 'failed', 'error', 'skipped'] as const;
export type RuleOutcome = (typeof ruleOutcomes)[number];

/** What a failed rule does. */
export const ruleActions = ['warn', 'alert', 'quarantine', 'stop'] as const;
export type RuleAction = (typeof ruleActions)[number];

export interface RuleResult {
  readonly id: string;
  readonly rule: string;
  readonly contract: string;
  readonly atMs: number;
  readonly outcome: RuleOutcome;
  /** On the table, on the live topic, or both under their own results. */
  readonly place: 'table' | 'topic';
  readonly measured: number | null;
  /** As the rule says: `mustBe 0`. */
  readonly expected: string;
  readonly rowsChecked: number | null;
  readonly rowsFailed: number | null;
  readonly message: string;
  readonly durationMs: number;
}

export interface RuleState {
  readonly rule: string;
  readonly contract: string;
  readonly field: string | null;
  readonly name: string;
  readonly kind: 'library' | 'sql' | 'custom' | 'volume' | 'drift' | 'schema';
  readonly dimension: string | null;
  readonly severity: string | null;
  readonly action: RuleAction;
  readonly schedule: string;
  readonly last: RuleResult | null;
  readonly nextMs: number | null;
}

export interface RulesReport {
  readonly atMs: number;
  readonly rules: readonly RuleState[];
}

export interface RuleHistory {
  readonly results: readonly RuleResult[];
  readonly measured: Series;
}

/** `GET /api/v1/quality/results/<id>/samples`: rows that failed, with classified fields masked. */
export interface FailedSamples {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  readonly masked: readonly string[];
}
