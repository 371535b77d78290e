/**
 * When each dimension is compared next. One that is right, as often as the settings say; one that is not, or that could not be compared, soon
 * again, so that a repair is seen; but a comparison that costs much is not made all the time for it.
 */
import type { Clock } from '@millrace/pipeline';

/** `late`: the warehouse did not come to the moment in time, which cost nobody anything but waiting. */
export type ComparisonOutcome = 'right' | 'wrong' | 'late' | 'failed';

export interface ComparisonTurns<Stream> {
  isDue(stream: Stream): boolean;
  /** @param tookMs how long the comparison worked */
  ended(stream: Stream, outcome: ComparisonOutcome, tookMs: number): void;
}

const soonMs = 60_000;
/** Of all time, a twentieth for one that stays wrong. */
const restPerWork = 20;

export const createComparisonTurns = <Stream>(
  everyMs: number,
  clock: Pick<Clock, 'nowMs'>,
): ComparisonTurns<Stream> => {
  const due = new Map<Stream, number>();
  const waitMs = (outcome: ComparisonOutcome, tookMs: number): number => {
    if (outcome === 'right') return everyMs;
    return Math.min(everyMs, outcome === 'late' ? soonMs : Math.max(soonMs, restPerWork * tookMs));
  };
  return {
    isDue: (stream) => clock.nowMs() >= (due.get(stream) ?? 0),
    ended: (stream, outcome, tookMs) =>
      void due.set(stream, clock.nowMs() + waitMs(outcome, tookMs)),
  };
};

/** How often somebody has to look whether one is due. */
export const lookEveryMs = (everyMs: number): number => Math.min(everyMs, soonMs / 4);
