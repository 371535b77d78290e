/** A dimension that is right waits for its time; one that is not is looked at soon, unless that costs much. */
import { createManualClock } from '@millrace/testkit';
import { expect, test } from 'vitest';
import { type ComparisonOutcome, createComparisonTurns } from './comparison-turns.ts';

const hour = 3_600_000;
const minute = 60_000;

test.for<[ComparisonOutcome, number, number, number]>([
  ['right', 10, hour, hour],
  ['wrong', 10, hour, minute],
  ['wrong', 30_000, hour, 10 * minute],
  ['wrong', 600_000, hour, hour],
  ['late', 60_000, hour, minute],
  ['failed', 300_000, hour, hour],
  ['wrong', 10, 500, 500],
])(
  '%s after %d ms of work, every %d ms: next after %d ms',
  async ([outcome, tookMs, everyMs, nextMs]) => {
    const clock = createManualClock();
    const turns = createComparisonTurns<string>(everyMs, clock);
    expect(turns.isDue('a')).toBe(true);
    turns.ended('a', outcome, tookMs);
    expect([turns.isDue('a'), turns.isDue('b')]).toEqual([false, true]);
    await clock.advance(nextMs - 1);
    expect(turns.isDue('a')).toBe(false);
    await clock.advance(1);
    expect(turns.isDue('a')).toBe(true);
  },
);
