import { expect, test } from 'vitest';
import { systemClock } from './clock.ts';

test('the system clock sleeps at least as long as asked', async () => {
  const startedMs = performance.now();
  await systemClock.sleep(20);
  // Timers of Node may fire up to a millisecond early by the fine clock.
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(19);
});

test('an abort wakes a sleeper with the signal reason', async () => {
  const controller = new AbortController();
  const sleeping = systemClock.sleep(60_000, controller.signal);
  controller.abort(new Error('stopping'));
  await expect(sleeping).rejects.toThrow('stopping');
});

test('a signal that is aborted already never lets sleep begin', async () => {
  await expect(systemClock.sleep(60_000, AbortSignal.abort(new Error('too late')))).rejects.toThrow(
    'too late',
  );
});
