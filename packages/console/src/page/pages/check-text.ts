/** What came out of counting a stream again, in a few words. */
import type { ConditionState, StreamCheckRun } from '@millrace/operations';
import { formatCount } from '../format/numbers.ts';

export interface CheckText {
  readonly state: ConditionState;
  /** For a badge. */
  readonly text: string;
  /** A sentence beside it. */
  readonly note?: string;
}

/** Those that are not nothing: `3 missing, 1 different`. */
const listed = (figures: readonly (readonly [count: number, word: string])[]): string =>
  figures
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${formatCount(count)} ${word}`)
    .join(', ');

const judged = (wrong: string, right: string): CheckText =>
  wrong === '' ? { state: 'ok', text: right } : { state: 'bad', text: wrong };

/** Of a run that has ended. */
export const checkText = ({ error, counts, dimension }: StreamCheckRun): CheckText => {
  if (error !== null) return { state: 'unknown', text: 'Not counted', note: error.message };
  if (dimension !== null) {
    const { rows, missing, surplus, different } = dimension;
    return judged(
      listed([
        [missing, 'missing'],
        [surplus, 'too many'],
        [different, 'different'],
      ]),
      `${formatCount(rows)} rows, all as in their source`,
    );
  }
  if (counts === null) return { state: 'unknown', text: 'Nothing to count yet' };
  return judged(
    listed([
      [counts.missing, 'missing'],
      [counts.double, 'double'],
    ]),
    `None of ${formatCount(counts.landed)} missing or double`,
  );
};
