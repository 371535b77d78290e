import { expect, test } from 'vitest';
import { count } from '../folds/count.ts';
import { fold } from '../folds/custom.ts';
import type { Fold } from '../folds/fold.ts';
import { every } from './emission.ts';
import { type Given, windowed } from './testing/windowed.ts';
import { hopping } from './window-kinds.ts';

/** The same number, by a fold that cannot be merged. */
const unmerged: Fold<Given, number> = fold({ init: () => 0, add: (sum: number) => sum + 1 });

test.each([
  ['that can be merged', count<Given>()],
  ['that cannot', unmerged],
])(
  'no record is in a hopping window that begins before 1970 and it after, with a fold %s',
  (_which, of) => {
    for (const emit of ['final', 'update', every(0)] as const) {
      const { driver, pipe, take } = windowed(hopping({ size: 10, advance: 4, grace: 100 }), of, {
        emit,
      });
      for (const timeMs of [-9, -8, -5, -1, 0, 1, 5, 9, 10]) pipe('k', 'v', timeMs);
      driver.close();
      const newest = new Map(
        take().map((text) => {
          const [window, value] = text.split('=');
          return [window, Number.parseInt(value!, 10)];
        }),
      );
      expect(Object.fromEntries(newest)).toEqual({
        'k[-16,-6)': 2,
        'k[-12,-2)': 3,
        'k[-8,2)': 3,
        'k[-4,6)': 1,
        'k[0,10)': 4,
        'k[4,14)': 3,
        'k[8,18)': 2,
      });
    }
  },
);
