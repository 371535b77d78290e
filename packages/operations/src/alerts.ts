/** What needs a person, who was told, and what is silenced. `GET /api/v1/alerts`, `/api/v1/silences`. */
export const alertSeverities = ['info', 'warning', 'critical'] as const;
export type AlertSeverity = (typeof alertSeverities)[number];

export interface Alert {
  /** The same for as long as the same thing is wrong: `lag:millrace.sink`. */
  readonly id: string;
  /** Of a runbook: docs/runbooks/<name>.md. */
  readonly name: string;
  readonly severity: AlertSeverity;
  readonly subject: string;
  readonly contract: string | null;
  readonly summary: string;
  readonly sinceMs: number;
  readonly endedMs: number | null;
  /** Id of the silence that keeps it quiet. */
  readonly silence: string | null;
  readonly acknowledgedBy: string | null;
  readonly runbook: string;
}

export interface AlertReport {
  readonly atMs: number;
  readonly open: readonly Alert[];
  /** Of the last days. */
  readonly ended: readonly Alert[];
}

export interface Silence {
  readonly id: string;
  /** `*` stands for any text. */
  readonly name: string;
  readonly subject: string;
  readonly untilMs: number;
  readonly by: string;
  readonly reason: string;
}
