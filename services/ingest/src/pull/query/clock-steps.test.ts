import { expect, test } from 'vitest';
import { clockStepsPassed } from './clock-steps.ts';

/** A server whose clock goes on while somebody sleeps. */
const server = (speed = 1) => {
  let nowMs = 1_700_000_000_600;
  const pauses: number[] = [];
  return {
    pauses,
    serverMs: async () => nowMs,
    clock: {
      nowMs: () => nowMs,
      sleep: async (durationMs: number) => {
        pauses.push(durationMs);
        nowMs += durationMs * speed;
      },
    },
  };
};
const { signal } = new AbortController();

test('two steps of the cursor pass: seconds, milliseconds; nothing is waited for where the clock has no more digits', async () => {
  for (const [digits, pauses] of [
    [0, [2000]],
    [3, [2]],
    [4, [1]],
    [6, []],
  ] as const) {
    const { serverMs, clock, pauses: slept } = server();
    await clockStepsPassed(digits, serverMs, clock, signal);
    expect(slept).toEqual(pauses);
  }
});

test('it is the server’s clock that counts, not ours', async () => {
  const { serverMs, clock, pauses } = server(0.5);
  await clockStepsPassed(0, serverMs, clock, signal);
  expect(pauses.slice(0, 3)).toEqual([2000, 1000, 500]);
});
