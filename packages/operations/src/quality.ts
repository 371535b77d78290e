/**
 * Rules of contracts and what came out. `GET /api/v1/quality/rules?contract=`, `/api/v1/quality/results?contract=&rule=&hours=`,
 * `POST /api/v1/quality/run`; and whether streams are open: `GET /api/v1/quality/gates`, `PUT /api/v1/quality/gates/<contract>`.
 */
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
  /** `all`: the whole table; `new`: rows that came since the last look; `window`: a minute of the topic. */
  readonly scope: 'all' | 'new' | 'window';
  /** In the rule's unit. */
  readonly measured: number | null;
  /** As the rule says: `mustBe 0`. */
  readonly expected: string;
  readonly rowsChecked: number | null;
  readonly rowsFailed: number | null;
  /** Of the rows that came, 0 to 1; below 1 where the topic is faster than what is looked at. */
  readonly share: number;
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
  readonly businessImpact: string | null;
  readonly action: RuleAction;
  /** As the rule says it: `mustBe 0`. */
  readonly expected: string;
  readonly unit: string;
  /** Cron in UTC, of the look at the whole table. */
  readonly schedule: string;
  readonly onTable: boolean;
  readonly onTopic: boolean;
  /** The gravest of `latest`. */
  readonly last: RuleResult | null;
  /** The newest of each place and scope. */
  readonly latest: readonly RuleResult[];
  readonly nextMs: number | null;
}

export interface RulesReport {
  readonly atMs: number;
  readonly rules: readonly RuleState[];
}

/** `POST /api/v1/quality/run`: looks at whole tables now. */
export interface RunRequest {
  readonly contract: string;
  /** All of the contract's rules when left out. */
  readonly rule?: string;
}

export interface RunReport {
  readonly results: readonly RuleResult[];
}

/** `quarantine`: the door keeps events aside; `stopped`: the door takes none and the sink lands none. */
export const gateStates = ['open', 'quarantine', 'stopped'] as const;
export type GateState = (typeof gateStates)[number];

export interface StreamGate {
  readonly contract: string;
  readonly state: GateState;
  readonly reason: string;
  /** A person, or `rule:<id>`. */
  readonly by: string;
  readonly atMs: number;
}

/** Streams that are not open, and those that were lately. */
export interface GatesReport {
  readonly atMs: number;
  readonly gates: readonly StreamGate[];
}

/** `PUT /api/v1/quality/gates/<contract>`. */
export interface GateRequest {
  readonly state: GateState;
  readonly reason: string;
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
