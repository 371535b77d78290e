/**
 * When a lane's buffer is worth an insert: enough rows, enough bytes, or a record that has waited long
 * enough. How many inserts a table then takes a second is `insert-budget.ts`.
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

/** Milliseconds until the buffer is due: 0 now, undefined when it holds nothing. */
export function dueInMs(
  buffer: Pick<LaneBuffer, 'rows' | 'bytes' | 'oldestMs'>,
  limits: FlushLimits,
  nowMs: number,
): number | undefined {
  if (buffer.rows >= limits.rowsMax || buffer.bytes >= limits.bytesMax) return 0;
  if (buffer.oldestMs === undefined) return undefined;
  return Math.max(0, buffer.oldestMs + limits.ageMs - nowMs);
}
