import type { NameOperator } from '../operator.ts';
import type { RecordInfo } from '../record-info.ts';
import type { TimedStoreSpec } from '../stores/store.ts';
import { type HeldRecords, sliceLength } from './held-records.ts';
import { type Joining, joinStreams } from './join-streams.ts';
import type { JoinReach } from './join-window.ts';

/** A join of two streams by key and time. */
export interface StreamJoin<L, R, O> {
  readonly reach: JoinReach;
  /** What becomes of records without a partner: left out; those of the left, or of both, joined with null. */
  readonly kind: 'inner' | 'left' | 'outer';
  readonly combine: (left: L, right: R, info: RecordInfo) => O;
}

/**
 * Joins two streams by key and time. The window of a record closes when the watermark has gone past its end
 * and grace. Two records are joined when each came while the other's window was open by the watermark of its
 * own origin; so it does not depend on how the inputs interleave what is joined, and a record that has been
 * handed on alone is never joined afterwards.
 */
export const streamJoinOperator =
  <L, R, O>(join: StreamJoin<L, R, O>): NameOperator =>
  (name) => {
    const { reach, kind } = join;
    const { beforeMs, afterMs, graceMs } = reach;
    const sliceMs = sliceLength(beforeMs + afterMs);
    const held = (side: string): TimedStoreSpec<HeldRecords> => ({
      kind: 'timed',
      byKey: true,
      name: `${name}-${side}`,
      shape: `held:v1 ${sliceMs}`,
    });
    const [leftSpec, rightSpec] = [held('left'), held('right')];
    // What is handed on alone lies as far back as its window was long, and goes with the end of its slice.
    const longestMs = graceMs + (kind === 'left' ? afterMs : Math.max(beforeMs, afterMs));
    const delayMs = kind === 'inner' ? 0 : longestMs + sliceMs - 1;
    return {
      kind: 'join',
      stores: [leftSpec, rightSpec],
      shape: `${kind} ${beforeMs} ${afterMs} ${graceMs}`,
      ports: ['main', 'late'],
      watermarkDelayMs: delayMs,
      ...(kind !== 'inner' && { closeAheadMs: delayMs + 1 }),
      create: (context) =>
        joinStreams(
          { name, combine: join.combine as Joining['combine'], delayMs, sliceMs },
          context,
          [
            {
              held: context.timed(leftSpec),
              earlierMs: beforeMs,
              laterMs: afterMs,
              openMs: afterMs + graceMs,
              alone: kind !== 'inner',
            },
            {
              held: context.timed(rightSpec),
              earlierMs: afterMs,
              laterMs: beforeMs,
              openMs: beforeMs + graceMs,
              alone: kind === 'outer',
            },
          ],
        ),
    };
  };
