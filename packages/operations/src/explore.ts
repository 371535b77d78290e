/** Tables, captures, transforms, queries, who one is and what was done. */
import type { ConditionState } from './severity.ts';

/** Each may what those before it may. */
export const roles = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

export type LoginWay = 'open' | 'token' | 'oidc';

/**
 * `GET /api/v1/session`; `POST /api/v1/session` `{ token }` logs in with a cookie, `DELETE /api/v1/session` ends it (204).
 * Nobody logged in: 401 as a problem that has `login`, too. OIDC begins at `GET /auth/login?to=/where/next`; when the
 * provider or its roles refuse, it ends at `/login?problem=<error code>`.
 */
export interface Session {
  readonly name: string;
  readonly role: Role;
  /** How one gets in here: nobody has to, by a token, or by OIDC as well. */
  readonly login: readonly LoginWay[];
  /** When the login ends; null: with its token, or never. */
  readonly untilMs: number | null;
  /** The role that POST /sql asks for; null: nobody may. */
  readonly sqlRole: Role | null;
}

/** `GET /api/v1/tables`. */
export interface TableReport {
  readonly atMs: number;
  readonly tables: readonly TableState[];
}

export interface TableState {
  readonly table: string;
  readonly view: string | null;
  readonly contract: string | null;
  readonly engine: string;
  readonly rows: number;
  readonly bytes: number;
  readonly parts: number;
  /** Of the partition that has most; inserts are slowed down from `partsDelayAt` on and refused from `partsRefuseAt` on. */
  readonly partsMax: number;
  readonly partsDelayAt: number | null;
  readonly partsRefuseAt: number | null;
  /** `_ingested_at` of the newest row; null for tables that do not keep it. */
  readonly newestMs: number | null;
  readonly condition: ConditionState;
}

/** `GET /api/v1/captures`. */
export interface CaptureReport {
  readonly atMs: number;
  readonly captures: readonly CaptureState[];
  /** Servers that did not answer in the last round. */
  readonly away: readonly { readonly server: string; readonly reason: string }[];
}

/** A slot and the write-ahead log that it keeps; of every slot of the server, for each can fill its disk. */
export interface CaptureState {
  /** Of the contracts; null for a slot that is no source of ours. */
  readonly source: string | null;
  /** Where it is: `host:port/database`. */
  readonly server: string;
  readonly slot: string;
  readonly active: boolean;
  readonly confirmedLsn: string | null;
  readonly behindBytes: number | null;
  readonly retainedBytes: number | null;
  /** Log that may still be written before the slot is lost; null when nothing limits it. */
  readonly budgetBytes: number | null;
  readonly exhaustionSeconds: number | null;
  readonly walStatus: string | null;
  readonly tables: readonly string[];
  readonly condition: ConditionState;
}

/** `GET /api/v1/transforms`. */
export interface TransformReport {
  readonly atMs: number;
  readonly transforms: readonly TransformState[];
}

export interface TransformState {
  readonly name: string;
  readonly group: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly operators: readonly {
    readonly id: string;
    readonly kind: string;
    readonly label: string;
    readonly stage: number;
  }[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
  readonly lagRecords: number | null;
  readonly lagSeconds: number | null;
  readonly condition: ConditionState;
}

/** `POST /api/v1/sql`: one read-only statement. It ends when the client goes away. */
export interface SqlRequest {
  readonly sql: string;
  /** Rows at most; 1000 when left out. */
  readonly limit?: number;
}

/**
 * `POST /api/v1/sql/estimate`, with the body of `POST /api/v1/sql`: what the statement would read at most, by ClickHouse's own estimate
 * of its indexes. It is not run for it; a LIMIT may end it before.
 */
export interface SqlEstimate {
  /** Why it would not run; then nothing is estimated. */
  readonly refused: { readonly code: string; readonly message: string } | null;
  readonly tables: readonly SqlTableEstimate[];
  readonly rows: number;
  readonly parts: number;
  /** Of the columns that it names, as they are in memory, by their mean; null where that is not known. */
  readonly bytes: number | null;
  /** What it runs under. */
  readonly limits: {
    /** Null: nothing bounds it. */
    readonly timeMs: number | null;
    readonly memoryBytes: number | null;
    /** That are answered. */
    readonly rows: number;
  };
}

export interface SqlTableEstimate {
  /** As it is in ClickHouse: a view is told by what it reads. */
  readonly table: string;
  readonly rows: number;
  readonly parts: number;
  readonly bytes: number | null;
}

export interface SqlResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
  /** More rows were there. */
  readonly cut: boolean;
  readonly elapsedMs: number;
  readonly rowsRead: number;
  readonly bytesRead: number;
}

export const auditOutcomes = ['begun', 'done', 'refused', 'failed'] as const;
export type AuditOutcome = (typeof auditOutcomes)[number];

/** `GET /api/v1/audit?by=&action=&subject=&outcome=&hours=&most=&before=`: the newest first. */
export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  /** Gets the next page as `before`; null at the end. */
  readonly next: number | null;
}

export interface AuditEntry {
  readonly id: string;
  readonly atMs: number;
  /** When it ended; null while it runs, or when the service ended meanwhile. */
  readonly endedMs: number | null;
  readonly by: string;
  readonly role: Role;
  readonly action: string;
  readonly subject: string;
  readonly detail: string;
  /** `begun`: it runs, or nobody knows how it ended. */
  readonly outcome: AuditOutcome;
}
