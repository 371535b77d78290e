import { createManualClock } from '@millrace/testkit';
import { expect, test } from 'vitest';
import { watchSilence } from './watch-silence.ts';

const watched = () => {
  const clock = createManualClock();
  const said: string[] = [];
  const watch = watchSilence({
    ...{ clock, limitMs: 600 },
    ask: () => said.push(`asked at ${clock.nowMs()}`),
    lost: () => said.push(`lost at ${clock.nowMs()}`),
  });
  return { clock, said, watch };
};

test('a silent side is asked after a third of the limit, and lost at the limit', async () => {
  const { clock, said } = watched();
  await clock.advance(2000);
  expect(said).toEqual([
    ...['asked at 200', 'asked at 300', 'asked at 400', 'asked at 500'],
    'lost at 600',
  ]);
});

test('a side that says something now and then is not asked', async () => {
  const { clock, said, watch } = watched();
  for (let i = 0; i < 20; i++) {
    await clock.advance(100);
    watch.heard();
  }
  expect(said).toEqual([]);
});

test('while nobody listens silence means nothing, and counts anew afterwards', async () => {
  const { clock, said, watch } = watched();
  watch.suspend();
  await clock.advance(5000);
  expect(said).toEqual([]);
  watch.resume();
  await clock.advance(600);
  expect(said.at(-1)).toBe('lost at 5600');
});

test('stopped, it neither asks nor tells', async () => {
  const { clock, said, watch } = watched();
  watch.stop();
  await clock.advance(5000);
  expect(said).toEqual([]);
  expect(clock.sleeping()).toBe(0);
});
