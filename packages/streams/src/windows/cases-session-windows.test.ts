import { expect, test } from 'vitest';
import { count } from '../folds/count.ts';
import { type Given, joined, windowed } from './testing/windowed.ts';
import { session } from './window-kinds.ts';

/** What Kafka Streams answers, by the cases of KStreamSessionWindowAggregateProcessorTest. */

const GAP = 300_000;
const counted = count<Given>();
const updates = { emit: 'update' } as const;
const wide = session({ gap: GAP, grace: GAP });

test('case 14: records within the gap are one session', () => {
  const { pipe, take } = windowed(wide, counted, updates);
  pipe('john', 'first', 0);
  pipe('john', 'second', 500);
  expect(take()).toEqual(['john[0,0)=1@0', 'john[0,0)=null@0', 'john[0,500)=2@500']);
});

test.each([
  ['a fold that can be merged', counted, ['1', '1', '3']],
  [
    'one that cannot, by the time of its records',
    joined,
    ['0+first', '0+second', '0+first+third+second'],
  ],
])(
  'case 15: a record between two sessions makes one of them, of %s',
  (_of, of, [one, two, all]) => {
    const { pipe, take } = windowed(wide, of, updates);
    pipe('mel', 'first', 0);
    pipe('mel', 'second', GAP + 1);
    expect(take()).toEqual([`mel[0,0)=${one}@0`, `mel[300001,300001)=${two}@300001`]);
    pipe('mel', 'third', GAP / 2);
    expect(take()).toEqual([
      'mel[300001,300001)=null@300001',
      'mel[0,0)=null@0',
      `mel[0,300001)=${all}@300001`,
    ]);
  },
);

test('case 16: sessions of several keys grow and part, each for itself', () => {
  const { pipe, take } = windowed(wide, counted);
  for (const key of ['a', 'b', 'c', 'd']) pipe(key, '1', 0);
  pipe('d', '2', GAP / 2);
  pipe('a', '2', GAP + 1);
  pipe('b', '2', GAP + 1);
  pipe('a', '3', GAP + 1 + GAP / 2);
  pipe('c', '3', GAP + 1 + GAP / 2);
  expect(take()).toEqual([]);
  pipe('end', '', 10 * GAP);
  expect(take()).toEqual([
    'a[0,0)=1@0',
    'b[0,0)=1@0',
    'c[0,0)=1@0',
    'd[0,150000)=2@150000',
    'b[300001,300001)=1@300001',
    'a[300001,450001)=2@450001',
    'c[450001,450001)=1@450001',
  ]);
});

test('case 18: records of the same time are one session, and a merged session is taken back', () => {
  const { pipe, take } = windowed(wide, counted, updates);
  pipe('mel', 'first', 0);
  pipe('mel', 'second', 0);
  expect(take()).toEqual(['mel[0,0)=1@0', 'mel[0,0)=2@0']);
  pipe('mel', 'third', 100);
  expect(take()).toEqual(['mel[0,0)=null@0', 'mel[0,100)=3@100']);
});

test('case 19: without grace a record is late once event time is beyond its gap', () => {
  const { driver, pipe, take } = windowed(session({ gap: 10 }), counted, updates);
  pipe('dummy', '', 10);
  pipe('OnTime1', '1', 0);
  pipe('dummy', '', 11);
  take();
  pipe('Late1', '1', 0);
  expect(take()).toEqual([]);
  expect(driver.takeLate()).toMatchObject([
    { flow: { key: 'Late1' }, info: { windowStartMs: 0, windowEndMs: 0, lateByMs: 0 } },
  ]);
});

test('case 20: grace moves the moment from which a record is late', () => {
  const { driver, pipe, take } = windowed(session({ gap: 10, grace: 1 }), counted, updates);
  pipe('dummy', '', 11);
  take();
  pipe('OnTime2', '1', 0);
  expect(take()).toEqual(['OnTime2[0,0)=1@0']);
  pipe('dummy', '', 12);
  take();
  pipe('Late1', '1', 0);
  expect(take()).toEqual([]);
  expect(driver.takeLate()).toHaveLength(1);
});
