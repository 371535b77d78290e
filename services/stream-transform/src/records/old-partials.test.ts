import {
  count,
  cutIntoStages,
  keepFolds,
  type OperatorNode,
  type RepartitionNode,
  sum,
  transform,
  tumbling,
} from '@millrace/streams';
import { expect, test } from 'vitest';
import { readOldPartials } from './old-partials.ts';

const stageOf = (folds: object, windowed: boolean) => {
  const { graph } = transform('counts', ({ from }) => {
    const keyed = from('in' as never, { time: 'at' as never }).keyBy(() => 'k');
    const results = windowed
      ? keyed.window(tumbling('10 s')).aggregate(folds as never, { name: 'counts' })
      : keyed.aggregate(folds as never, { name: 'counts' });
    results.to('out' as never);
  });
  const stage = cutIntoStages(graph)[1]!;
  return {
    node: stage.inputs[0] as RepartitionNode,
    store: (stage.operators[0] as OperatorNode).spec.stores![0]!,
  };
};

test.each([true, false])(
  'a partial result that lay between two stages is one of the new folds, windowed: %s',
  (windowed) => {
    const before = { readings: count() };
    const old = stageOf(before, windowed);
    const { node, store } = stageOf({ total: sum(() => 1), readings: count() }, windowed);
    const slot = { maxMs: 12_345, parts: [7] };
    const partial = windowed ? { paneMs: 10_000, firstStartMs: null, slot } : slot;
    const bytes = Buffer.from(old.node.codec!.encode(partial));

    const read = readOldPartials(node, store, keepFolds(before))(bytes, 'k');
    const fresh = store.slots!.create() as { parts: unknown[] };
    const expected = { maxMs: 12_345, parts: [fresh.parts[0], 7] };
    expect(read).toEqual(windowed ? { ...partial, slot: expected } : expected);
  },
);
