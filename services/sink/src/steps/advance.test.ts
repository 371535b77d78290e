import { type Claim, claimText, MillraceError, restingText } from '@millrace/contracts';
import { silentLogger } from '@millrace/pipeline';
import { createMetrics } from '@millrace/runtime';
import { createManualClock } from '@millrace/testkit';
import { expect, test } from 'vitest';
import type { SortedRange } from '../lanes/range.ts';
import { createSinkMetrics } from '../metrics.ts';
import { type AdvanceDependencies, createAdvanceStep } from './advance.ts';

const log = { cluster: 'k', topicId: 'i', epoch: '0' };
const identity = { topic: 't', partition: 0, term: 1, log };
const { signal } = new AbortController();
const claim: Claim = {
  ...{ from: 4, to: 9, atMs: 0, table: 't_raw' },
  ...{ deadSchemas: [], deadOffsets: [], transactional: false },
};
const clean: SortedRange = { groups: [], dead: [], skipped: 0 };
const record = { offset: 5, timestampMs: 0, key: null, value: null, headers: {} };
const withDead: SortedRange = {
  ...clean,
  dead: [{ record, code: 'sink.record-empty', reason: 'an event without a value' }],
};

/** The step over ports that write down what they are asked. */
function listening(send: AdvanceDependencies['deadLetters']['send'], committedOffset: number) {
  const asked: string[] = [];
  const clock = createManualClock();
  const step = createAdvanceStep({
    commit: async (_identity, { offset, metadata }) => {
      asked.push(`commit ${offset} ${metadata}`);
      return { kind: 'committed', nowMs: 0 };
    },
    deadLetters: {
      open: async () => undefined,
      send: async (...parameters) => {
        asked.push(`send ${parameters[1].length} with ${parameters[2].offset}`);
        await send(...parameters);
      },
    },
    admin: {
      committedOffsets: async () => [
        { topic: 't', partition: 0, offset: committedOffset, metadata: '' },
      ],
    },
    ...{ groupId: 'g', clock, logger: silentLogger },
    metrics: createSinkMetrics(createMetrics('sink')),
  });
  return { asked, clock, step };
}

test('a clean range commits the offset behind it, with the next claim', async () => {
  const next = { ...claim, from: 10, to: 12 };
  const { asked, step } = listening(async () => undefined, 4);
  await step(identity, claim, next, clean, signal);
  expect(asked).toEqual([`commit 10 ${claimText(next)}`]);
});

test('a range without a next claim leaves the log behind with the offset', async () => {
  const { asked, step } = listening(async () => undefined, 4);
  await step(identity, claim, undefined, clean, signal);
  expect(asked).toEqual([`commit 10 ${restingText(log)}`]);
});

test('dead letters and the offset behind their range go together', async () => {
  const { asked, step } = listening(async () => undefined, 4);
  await step(identity, claim, undefined, withDead, signal);
  expect(asked).toEqual(['send 1 with 10']);
});

test.each([
  ['is not repeated when the offset shows that it was committed', 10, 1],
  ['is repeated when the offset has not moved', 4, 2],
])('a transaction of unknown end %s', async (_name, committedOffset, sends) => {
  let calls = 0;
  const { clock, step } = listening(async () => {
    calls += 1;
    if (calls > 1) return;
    const code = 'kafka.transaction-outcome-unknown';
    throw new MillraceError(code, 'no answer', { retryable: true });
  }, committedOffset);
  const done = step(identity, claim, undefined, withDead, signal);
  await clock.advance(1_000);
  expect(await done).toMatchObject({ kind: 'committed' });
  expect(calls).toBe(sends);
});
