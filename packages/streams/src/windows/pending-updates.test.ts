import { expect, test } from 'vitest';
import { count } from '../folds/count.ts';
import { every } from './emission.ts';
import { joined, windowed } from './testing/windowed.ts';
import { counting, hopping, session, sliding, tumbling, type WindowKind } from './window-kinds.ts';

const EVERY_MS = 1_000;

/** Two records are told, a third one is not yet when the task is opened again. */
const reopenedWhileOneWaits = (window: WindowKind, of: typeof joined, thirdMs: number) => {
  const one = windowed(window, of, { emit: every(EVERY_MS) });
  one.pipe('k', 'a', 0);
  one.pipe('k', 'b', 18);
  one.driver.advanceClock(EVERY_MS);
  one.take();
  one.pipe('k', 'c', thirdMs);
  expect(one.take()).toEqual([]);
  one.driver.reopen();
  one.driver.advanceClock(EVERY_MS);
  return one;
};

test.each<[string, WindowKind, string[]]>([
  ['tumbling windows', tumbling(100), ['k[0,100)=0+a+b+c@20']],
  ['hopping windows', hopping({ size: 100, advance: 90 }), ['k[0,100)=0+a+b+c@20']],
  ['sliding windows', sliding({ difference: 30 }), ['k[0,30)=0+a+b+c@20', 'k[1,31)=0+b+c@20']],
  ['windows by number', counting({ size: 5 }), ['k[0,20)=0+a+b+c@20']],
])(
  'what has changed in %s and was not told before a restart is told after it',
  (_of, window, told) => {
    const { take } = reopenedWhileOneWaits(window, joined, 20);
    expect(take().slice(0, told.length)).toEqual(told);
  },
);

test('panes that have changed before a restart are told after it', () => {
  const window = hopping({ size: 100, advance: 90 });
  const { take } = reopenedWhileOneWaits(window, count() as never, 20);
  expect(take()).toEqual(['k[0,100)=3@20']);
});

test('sessions that became one before a restart are taken back after it', () => {
  const { take, driver } = reopenedWhileOneWaits(session({ gap: 10 }), count() as never, 9);
  const takenBack = ['k[18,18)=null@18', 'k[0,0)=null@0'];
  expect(take()).toEqual([...takenBack, 'k[0,18)=3@18']);
  driver.close();
  expect(take()).toEqual(['k[0,18)=3@18']);
});
