import fc from 'fast-check';
import { expect, test } from 'vitest';
import { count } from '../folds/count.ts';
import { max } from '../folds/extremes.ts';
import { slotFoldOf } from '../folds/slot-fold.ts';
import { createMemoryTimedStore } from '../stores/memory-timed-store.ts';
import { createPaneCombination } from './pane-combination.ts';

const fold = slotFoldOf({ panes: count(), most: max((value: number) => value) });

test('windows put together from panes are those of all of their panes, wherever they begin to be asked for', () => {
  const pane = fc.record({ at: fc.nat(30), key: fc.constantFrom('a', 'b'), value: fc.nat(99) });
  fc.assert(
    fc.property(
      fc.array(pane),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 6 }),
      fc.array(fc.boolean(), { minLength: 31, maxLength: 31 }),
      (panes, panesPerWindow, panesPerAdvance, isAsked) => {
        const store = createMemoryTimedStore<ReturnType<typeof fold.create>>();
        for (const { at, key, value } of panes) {
          const slot = store.get(at, key) ?? fold.create();
          fold.add(slot, { key, value, timeMs: at, watermarkMs: 0 });
          store.set(at, key, slot);
        }
        const combination = createPaneCombination(panesPerWindow, fold, store);
        for (let startMs = 0; startMs <= 30; startMs += panesPerAdvance) {
          if (!isAsked[startMs]) continue;
          const members = Map.groupBy(
            panes.filter(({ at }) => startMs <= at && at < startMs + panesPerWindow),
            ({ key }) => key,
          );
          const expected = [...members].map(([key, of]) => [
            key,
            { panes: of.length, most: Math.max(...of.map(({ value }) => value)) },
          ]);
          const found = [...combination.window(startMs)].map(([key, slot]) => [
            key,
            fold.result(slot),
          ]);
          expect(new Map(found as never)).toEqual(new Map(expected as never));
        }
      },
    ),
  );
});
