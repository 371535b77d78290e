import { expect, test } from 'vitest';
import type { Stream } from '../dsl/stream.ts';
import { count } from '../folds/count.ts';
import { startStage } from '../graph/running-stage.ts';
import { cutIntoStages } from '../graph/stages.ts';
import { transform } from '../transform.ts';
import { createReopeningStores } from './testing/reopening-stores.ts';
import type { Given } from './testing/windowed.ts';
import { counting, hopping, session, sliding, type WindowKind } from './window-kinds.ts';

/** What is shown of the state of key `a` after three records at 0, 1 and 7. */
const shown = (window: WindowKind | undefined): unknown[] => {
  const { graph } = transform('shown', ({ from }) => {
    const keyed = (from('given' as never) as unknown as Stream<Given>).keyBy(({ key }) => key);
    // A fold that is not exact: records come to the aggregate as they are.
    const folds = { records: { ...count<Given>(), exact: false } };
    if (window === undefined) keyed.aggregate(folds).to('results' as never);
    else
      keyed
        .window(window)
        .aggregate(folds)
        .to('results' as never);
  });
  const stage = cutIntoStages(graph)[1]!;
  const stores = createReopeningStores();
  const nothing = () => undefined;
  const host = { late: nothing, skipped: nothing, rejected: nothing, failed: nothing };
  const running = startStage(stage, {
    ...host,
    stores,
    globalTable: () => stores.keyed({ name: 'none', kind: 'keyed', shape: 'v1' }),
    output: nothing,
    nowMs: () => 0,
  });
  for (const timeMs of [0, 1, 7]) {
    const value = { key: 'a', value: 'x' };
    running.push(0, { key: 'a', value, timeMs, watermarkMs: Number.NEGATIVE_INFINITY });
  }
  running.flush();
  const [spec] = stage.operators[0]!.spec.stores!;
  if (spec!.kind === 'keyed') {
    return [...stores.keyed(spec!).entries()].map(([, value]) => spec!.show!(value));
  }
  const timed = stores.timed(spec!);
  return [...timed.times()].flatMap((timeMs) =>
    [...timed.at(timeMs)].map(([, value]) => [timeMs, spec!.show!(value)]),
  );
};

test('state is shown as the results that it would come to', () => {
  expect(shown(undefined)).toEqual([{ records: 3 }]);
  expect(shown(hopping({ size: 10, advance: 5 }))).toEqual([
    [0, { records: 2 }],
    [5, { records: 1 }],
  ]);
  expect(shown(session({ gap: 5 }))).toEqual([
    [
      { window: { startMs: 0, endMs: 1 }, value: { records: 2 } },
      { window: { startMs: 7, endMs: 7 }, value: { records: 1 } },
    ],
  ]);
  expect(shown(sliding({ difference: 5 }))).toEqual([
    [0, [{ records: 1 }]],
    [1, [{ records: 1 }]],
    [7, [{ records: 1 }]],
  ]);
  expect(shown(counting({ size: 2 }))).toEqual([[{ records: 1, value: { records: 1 } }]]);
});
