/** How long things must be wrong before somebody is told, and well before they are told of that. */
import type { AlertSeverity } from '@millrace/operations';

export interface AlertTiming {
  /** A condition that lasts shorter disturbs nobody. */
  readonly pendingMs: number;
  /** An alert ends when its condition has been away for this long: what comes and goes is one alert. */
  readonly holdMs: number;
  /** Who did not acknowledge is told again after this; Infinity: never. */
  readonly repeatMs: number;
  /** In place of the condition's own. */
  readonly severity?: AlertSeverity;
  /** Nobody is told. */
  readonly off?: boolean;
}
