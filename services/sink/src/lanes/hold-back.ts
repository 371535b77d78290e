/**
 * Keeps a range from becoming mostly dead letters: its partition waits, and everything is judged anew with each try, so it goes on
 * by itself once contract, table or records are right, or a person has said that the letters may go. One bad
 * record still leaves alone at once. What counts as a flood is `@millrace/dead-letters`.
 */
import { MillraceError } from '@millrace/contracts';
import type { LaneEnvironment } from './lane-environment.ts';
import type { Patience } from './patience.ts';
import type { SortedRange } from './range.ts';

export interface HoldBack {
  /** Whether the range would be one, as far as is known. */
  isFlood(range: SortedRange): boolean;
  /** True after a pause, when the range must wait; then it is to be formed anew. */
  holdsBack(range: SortedRange): Promise<boolean>;
  /** The range landed, its dead letters are written. */
  passed(range: SortedRange): void;
}

const judged = ({ groups, dead, skipped }: SortedRange) => {
  const landing = groups.reduce((sum, group) => sum + group.records.length, 0);
  return { dead: dead.length, records: landing + dead.length + skipped };
};

export const createHoldBack = (
  { topic, partition }: { readonly topic: string; readonly partition: number },
  { floods, landings, metrics }: Pick<LaneEnvironment, 'floods' | 'landings' | 'metrics'>,
  patience: Pick<Patience, 'backOff'>,
): HoldBack => {
  const flood = floods.partition(topic, partition);
  return {
    isFlood: (range) => flood.holds(judged(range)),
    holdsBack: async (range) => {
      const { dead, records } = judged(range);
      if (!flood.holds({ dead, records })) return false;
      const { code, reason } = range.dead[0]!;
      await flood.waits({ dead, records, code });
      // an order of a person may have come
      if (!flood.holds({ dead, records })) return false;
      metrics.heldAsFlood(topic);
      landings.forget();
      await patience.backOff(
        new MillraceError(
          'sink.mostly-dead',
          `${dead} of ${records} records would be dead letters (${code}: ${reason})`,
          { retryable: true },
        ),
      );
      return true;
    },
    passed: (range) => flood.passed(judged(range)),
  };
};
