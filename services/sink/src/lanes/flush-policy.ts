/**
 * When a lane's buffer is worth an insert: enough rows, enough bytes, or a record that has waited long
 * enough. A lane that is behind waits longer: what follows is in Kafka already and makes a larger insert
 * at once. How many inserts a table then takes a second is `insert-budget.ts`.
 */
import type { LaneBuffer } from './lane-buffer.ts';

export interface FlushLimits {
  /** Rows of one insert at most. */
  readonly rowsMax: number;
  /** Memory of the records of one insert at most, bytes. */
  readonly bytesMax: number;
  /** How long a record waits for company at most, ms. */
  readonly ageMs: number;
}

/** How a lane stands: `current`, `behind` what can be read, or `in-line` for memory that others use. */
export type LanePace = 'current' | 'behind' | 'in-line';

/** How long a record waits at most where age is not what counts, ms: a bound, far above what filling takes. */
const waitMaxMs = { behind: 2_000, 'in-line': 10_000 } as const;

/** Milliseconds until the buffer is due: 0 now, undefined when it holds nothing. */
export function dueInMs(
  buffer: Pick<LaneBuffer, 'rows' | 'bytes' | 'oldestMs'>,
  limits: FlushLimits,
  nowMs: number,
  pace: LanePace,
): number | undefined {
  if (buffer.rows >= limits.rowsMax || buffer.bytes >= limits.bytesMax) return 0;
  if (buffer.oldestMs === undefined) return undefined;
  const ageMs = pace === 'current' ? limits.ageMs : Math.max(limits.ageMs, waitMaxMs[pace]);
  return Math.max(0, buffer.oldestMs + ageMs - nowMs);
}
