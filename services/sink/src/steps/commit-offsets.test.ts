import { MillraceError } from '@millrace/contracts';
import type { OffsetCommit } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { createManualClock } from '@millrace/testkit';
import { expect, test } from 'vitest';
import { createCommitStep } from './commit-offsets.ts';

const noMetrics = { committed: () => undefined };
const identity = { topic: 't', partition: 2, term: 7 };
const { signal } = new AbortController();
const position = { offset: 10, metadata: 'claim' };

test('a commit goes out under the term of the lane, and says so when it is done', async () => {
  const seen: [number, readonly OffsetCommit[]][] = [];
  const commit = async (term: number, commits: readonly OffsetCommit[]) => {
    seen.push([term, commits]);
  };
  const step = createCommitStep({ commit }, createManualClock(5), silentLogger, noMetrics);
  expect(await step(identity, position, signal)).toEqual({ kind: 'committed', nowMs: 5 });
  expect(seen).toEqual([[7, [{ topic: 't', partition: 2, ...position }]]]);
});

test('being fenced is an outcome', async () => {
  const commit = () => Promise.reject(new MillraceError('kafka.fenced', 'not owned since term 7'));
  const step = createCommitStep({ commit }, createManualClock(), silentLogger, noMetrics);
  expect(await step(identity, position, signal)).toEqual({ kind: 'fenced' });
});

test('a commit without an answer is repeated until there is one', async () => {
  const clock = createManualClock();
  let tries = 0;
  const commit = async () => {
    tries += 1;
    if (tries < 3) throw new MillraceError('kafka.unavailable', 'no answer', { retryable: true });
  };
  const done = createCommitStep(
    { commit },
    clock,
    silentLogger,
    noMetrics,
  )(identity, position, signal);
  await clock.advance(1_000);
  expect(await done).toMatchObject({ kind: 'committed' });
  expect(tries).toBe(3);
});
