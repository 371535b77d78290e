import { MillraceError } from '@millrace/contracts';
import { expect, test } from 'vitest';
import type { Clock } from './clock.ts';
import { pauseMs, type RetryNotice, type RetryPolicy, retry } from './retry.ts';

/**
 * Chapter 2: retry wraps exactly one step.
 * Time is a dependency: this clock jumps by each pause and remembers it.
 */
const createJumpingClock = (): Clock & { readonly pausesMs: number[] } => {
  let nowMs = 0;
  const pausesMs: number[] = [];
  return {
    pausesMs,
    nowMs: () => nowMs,
    sleep: async (durationMs, signal) => {
      signal?.throwIfAborted();
      pausesMs.push(durationMs);
      nowMs += durationMs;
    },
  };
};

const policy: RetryPolicy = { initialMs: 100, multiplier: 2, maxMs: 500, jitter: 0 };
const away = () => new MillraceError('config.invalid', 'away for now', { retryable: true });

/** Fails with the given errors, then answers with its argument. */
const failing = (...errors: unknown[]) => {
  const left = [...errors];
  return async function writeStep(value: string): Promise<string> {
    if (left.length > 0) throw left.shift();
    return value;
  };
};

test('a retryable error is tried again until the step succeeds', async () => {
  const clock = createJumpingClock();
  const step = retry(failing(away(), away()), policy, clock);
  expect(await step('written')).toBe('written');
  expect(clock.pausesMs).toEqual([100, 200]);
});

test('pauses grow by the multiplier up to the maximum', () => {
  expect([1, 2, 3, 4, 5].map((attempt) => pauseMs(policy, attempt))).toEqual([
    100, 200, 400, 500, 500,
  ]);
});

test('jitter shortens a pause by a share that is left to chance', () => {
  expect(pauseMs({ ...policy, jitter: 0.5, random: () => 1 }, 1)).toBe(50);
  expect(pauseMs({ ...policy, jitter: 0.5, random: () => 0 }, 1)).toBe(100);
});

test('an error that says it is not retryable passes through at once', async () => {
  const clock = createJumpingClock();
  const error = new MillraceError('config.invalid', 'wrong for good');
  await expect(retry(failing(error), policy, clock)('x')).rejects.toBe(error);
  expect(clock.pausesMs).toEqual([]);
});

test('an exception that nobody classified is a bug and passes through at once', async () => {
  const clock = createJumpingClock();
  await expect(retry(failing(new TypeError('a bug')), policy, clock)('x')).rejects.toThrow('a bug');
  expect(clock.pausesMs).toEqual([]);
});

test('when the attempts are used up the last error is the answer', async () => {
  const clock = createJumpingClock();
  const last = away();
  const step = retry(failing(away(), away(), last), { ...policy, attempts: 3 }, clock);
  await expect(step('x')).rejects.toBe(last);
  expect(clock.pausesMs).toEqual([100, 200]);
});

test('no attempt starts after the deadline', async () => {
  const clock = createJumpingClock();
  const errors = Array.from({ length: 20 }, away);
  const step = retry(failing(...errors), { ...policy, deadlineMs: 800 }, clock);
  await expect(step('x')).rejects.toThrow('away for now');
  expect(clock.nowMs()).toBeLessThanOrEqual(800);
});

test('an aborted signal ends the waiting with its reason', async () => {
  const stopping = new AbortController();
  stopping.abort(new Error('stopping'));
  const step = retry(failing(away()), policy, createJumpingClock(), stopping.signal);
  await expect(step('x')).rejects.toThrow('stopping');
});

test('the observer hears of each pause before it begins', async () => {
  const notices: RetryNotice[] = [];
  const step = retry(failing(away()), policy, createJumpingClock(), undefined, (notice) =>
    notices.push(notice),
  );
  await step('x');
  expect(notices).toMatchObject([{ attempt: 1, delayMs: 100, error: { code: 'config.invalid' } }]);
});

test('the wrapped step keeps its name', () => {
  expect(retry(failing(), policy, createJumpingClock()).name).toBe('writeStep');
});
