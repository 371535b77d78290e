import { expect, test } from 'vitest';
import { createManualClock } from './manual-clock.ts';

test('time stands still until it is moved, and wakes sleepers in order of their time', async () => {
  const clock = createManualClock(1000);
  const woken: string[] = [];
  void clock.sleep(20).then(() => woken.push(`late at ${clock.nowMs()}`));
  void clock.sleep(10).then(() => woken.push(`early at ${clock.nowMs()}`));
  await clock.advance(9);
  expect(woken).toEqual([]);
  expect(clock.sleeping()).toBe(2);
  await clock.advance(50);
  expect(woken).toEqual(['early at 1010', 'late at 1020']);
  expect(clock.nowMs()).toBe(1059);
});

test('a sleeper that sleeps again is woken again within the same move', async () => {
  const clock = createManualClock();
  const ticks: number[] = [];
  const loop = async () => {
    for (let tick = 0; tick < 3; tick++) {
      await clock.sleep(10);
      ticks.push(clock.nowMs());
    }
  };
  const finished = loop();
  await clock.advance(100);
  await finished;
  expect(ticks).toEqual([10, 20, 30]);
});

test('an aborted sleep rejects with the reason and sleeps no longer', async () => {
  const clock = createManualClock();
  const abort = new AbortController();
  const sleep = clock.sleep(10, abort.signal);
  abort.abort(new Error('stop'));
  await expect(sleep).rejects.toThrow('stop');
  await expect(clock.sleep(10, abort.signal)).rejects.toThrow('stop');
  expect(clock.sleeping()).toBe(0);
});
