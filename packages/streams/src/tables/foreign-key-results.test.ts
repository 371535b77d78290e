import { expect, test } from 'vitest';
import { placed } from '../dsl/place.ts';
import { tableOf } from '../dsl/stream-at.ts';
import { drive } from '../testing/drive.ts';
import type { ForeignKeyAnswer } from './foreign-key-messages.ts';
import { foreignKeyResultsOperator } from './foreign-key-results.ts';

const HOUR_MS = 3_600_000;

const driveResults = () => {
  const driver = drive(({ stream, out }) => {
    const { graph, output } = stream<ForeignKeyAnswer>('answers').place;
    const results = graph.operator('results', foreignKeyResultsOperator(), [output]);
    out(tableOf({ place: placed(graph, results), useTime: () => undefined }), 'out');
  });
  return {
    answer: (version: number, value: string | null, { gone = false, timeMs = 0, key = 'k' } = {}) =>
      driver.pipe('answers', { version, value, gone }, { key, timeMs }),
    take: () => driver.take('out').map(({ value }) => value),
  };
};

test('an answer for an earlier version of the row does not win, however late it comes', () => {
  const { answer, take } = driveResults();
  answer(1, 'first');
  answer(3, 'third');
  answer(2, 'second');
  answer(3, 'third, after the right row changed');
  expect(take()).toEqual(['first', 'third', 'third, after the right row changed']);
});

test('an answer that was on its way when the row went does not bring it back', () => {
  const { answer, take } = driveResults();
  answer(1, 'there');
  answer(2, null, { gone: true, timeMs: 10 });
  answer(1, 'stale', { timeMs: HOUR_MS });
  expect(take()).toEqual(['there', null]);
});

test('a row that comes back is joined again, and outlives the forgetting of its former self', () => {
  const { answer, take } = driveResults();
  answer(2, null, { gone: true });
  answer(3, 'back');
  answer(9, 'other', { key: 'l', timeMs: 2 * HOUR_MS });
  answer(2, 'stale');
  expect(take()).toEqual(['back', 'other']);
});
