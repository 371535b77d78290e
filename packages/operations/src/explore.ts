/** Tables, captures, transforms, queries, who one is and what was done. */
import type { ConditionState } from './severity.ts';

/** Each may what those before it may. */
export const roles = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

/** `GET /api/v1/session`. */
export interface Session {
  readonly name: string;
  readonly role: Role;
  /** How one gets in here: nobody has to, by a token, or by OIDC as well. */
  readonly login: readonly ('open' | 'token' | 'oidc')[];
}

/** `GET /api/v1/tables`. */
export interface TableState {
  readonly table: string;
  readonly view: string | null;
  readonly contract: string | null;
  readonly engine: string;
  readonly rows: number;
  readonly bytes: number;
  readonly parts: number;
  readonly newestMs: number | null;
  readonly condition: ConditionState;
}

/** `GET /api/v1/captures`: slots and the write-ahead log that they keep. */
export interface CaptureState {
  readonly source: string;
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

/** `POST /api/v1/sql` `{ sql, limit }`: one read-only statement. */
export interface SqlResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
  /** More rows were there. */
  readonly cut: boolean;
  readonly elapsedMs: number;
  readonly rowsRead: number;
  readonly bytesRead: number;
}

/** `GET /api/v1/audit`. */
export interface AuditEntry {
  readonly atMs: number;
  readonly by: string;
  readonly role: Role;
  readonly action: string;
  readonly subject: string;
  readonly detail: string;
  readonly outcome: 'done' | 'refused' | 'failed';
}
