/** One alert as it is remembered: what is wrong, since when, who was told. When it changes is alert-book.ts. */
import type { AlertSeverity } from '@millrace/operations';

export interface AlertRecord {
  /** The condition's key. */
  readonly id: string;
  readonly name: string;
  readonly severity: AlertSeverity;
  readonly subject: string;
  readonly contract: string | null;
  readonly summary: string;
  /** When the condition began. */
  readonly sinceMs: number;
  /** When it had lasted long enough for somebody to be told. */
  readonly firedMs: number;
  readonly endedMs: number | null;
  readonly acknowledgedBy: string | null;
  /** When channels were told for the last time; null: not yet. */
  readonly toldMs: number | null;
}
