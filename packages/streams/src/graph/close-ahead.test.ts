import { expect, test } from 'vitest';
import type { OperatorSpec } from '../operator.ts';
import { closeAheadOf } from './close-ahead.ts';
import { createGraphBuilder } from './graph-builder.ts';
import { cutIntoStages } from './stages.ts';

const holding = (closeAheadMs: number): OperatorSpec => ({
  kind: 'hold',
  closeAheadMs,
  create: () => ({ process: () => undefined }),
});

test('what a stage must run ahead to close adds up along a way, and the longest way counts', () => {
  const graph = createGraphBuilder();
  const source = graph.source('a.b', 'records', {
    disorderMs: 0,
    others: 'refuse',
    longs: 'number',
  });
  const first = graph.operator('hold', () => holding(10), [source]);
  const second = graph.operator('hold', () => holding(5), [first]);
  graph.operator('hold', () => holding(12), [source]);
  graph.sink(second, 'a.c');
  const [stage] = cutIntoStages(graph.build());
  expect(closeAheadOf(stage!)).toBe(15);
});
