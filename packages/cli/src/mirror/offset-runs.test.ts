import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { copiedOffsets, copyOffset, joinRuns, runsOf } from './offset-runs.ts';

test('records that follow each other in both logs are one run, and a gap in either begins another', () => {
  expect(runsOf([5, 6, 7, 9, 10], [{ baseOffset: 0, count: 5 }])).toEqual([
    [5, 0, 3],
    [9, 3, 2],
  ]);
  expect(
    runsOf(
      [5, 6],
      [
        { baseOffset: 0, count: 1 },
        { baseOffset: 8, count: 1 },
      ],
    ),
  ).toEqual([
    [5, 0, 1],
    [6, 8, 1],
  ]);
  expect(
    joinRuns([
      [5, 0, 2],
      [7, 2, 1],
      [9, 4, 1],
    ]),
  ).toEqual([
    [5, 0, 3],
    [9, 4, 1],
  ]);
});

test('a reader goes on at the copy of the first record that it has not read, wherever the gaps are', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { minLength: 1, maxLength: 40 }),
      fc.nat(200),
      (gaps, asked) => {
        let [source, copy] = [0, 0];
        const pairs = gaps.map(([before, between]) => {
          source += before + 1;
          copy += between + 1;
          return [source, copy] as const;
        });
        const runs = pairs.flatMap(([from, to]) => runsOf([from], [{ baseOffset: to, count: 1 }]));
        const found = copyOffset(joinRuns(runs), asked, false);
        const next = pairs.find(([from]) => from >= asked);
        if (asked < pairs[0]![0]) expect(found).toBeUndefined();
        else if (next !== undefined && found !== next[1]) {
          // The end of the run before is as good when nothing of the copy lies between.
          const [, last] = pairs.findLast(([from]) => from < asked)!;
          expect(found).toBe(last + 1);
          expect(next[1]).toBe(found);
        } else if (next === undefined) expect(found).toBe(pairs.at(-1)![1] + 1);
        expect([...copiedOffsets(joinRuns(runs), 0, asked)]).toEqual(
          pairs.map(([from]) => from).filter((from) => from <= asked),
        );
      },
    ),
  );
});

test('an offset before what is known is not guessed', () => {
  expect(copyOffset([[10, 4, 3]], 9, false)).toBeUndefined();
  expect(copyOffset([], 0, true)).toBeUndefined();
  expect(copyOffset([[10, 4, 3]], 9, true)).toBe(4);
});
