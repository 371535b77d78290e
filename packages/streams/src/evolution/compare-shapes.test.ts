import { expect, test } from 'vitest';
import type { Stage } from '../graph/stages.ts';
import type { Transform } from '../transform.ts';
import { compareShapes } from './compare-shapes.ts';
import { shapeOf, type TransformShape } from './transform-shape.ts';

const store = (operator: string, shape: string) => ({ operator, kind: 'timed' as const, shape });

const before: TransformShape = {
  version: 1,
  stores: { 'window-1': store('window-1', 'tumbling 600000; count:v1') },
  partitions: { 'repartition-1': 4 },
};

const kinds = (after: Partial<TransformShape>) =>
  compareShapes(before, { ...before, ...after }).map(({ kind, breaking }) => [kind, breaking]);

test('a transform that is what it was has no changes', () => {
  expect(kinds({})).toEqual([]);
});

test('another window or fold in the same place is breaking', () => {
  const stores = { 'window-1': store('window-1', 'tumbling 300000; count:v1') };
  expect(kinds({ stores })).toEqual([['store-changed', true]]);
});

test('a store that is new begins empty, one that is gone is left alone', () => {
  const added = { ...before.stores, 'session-1': store('session-1', 'session 60000; count:v1') };
  expect(kinds({ stores: added })).toEqual([['store-new', false]]);
  expect(kinds({ stores: {} })).toEqual([['store-gone', false]]);
});

test('an operator put in front renames those behind it, which is told before their state is lost', () => {
  const stores = {
    'window-1': store('window-1', 'tumbling 60000; sum:v1'),
    'window-2': store('window-2', 'tumbling 600000; count:v1'),
  };
  expect(kinds({ stores })).toContainEqual(['store-changed', true]);
  const moved = { 'window-2': store('window-2', 'tumbling 600000; count:v1') };
  const [change] = compareShapes(before, { ...before, stores: moved });
  expect(change).toMatchObject({ kind: 'store-renamed', breaking: true });
  expect(change?.message).toContain("name the operator window-2 'window-1'");
});

test('another number of partitions is breaking, and so is a version that is lower', () => {
  expect(kinds({ partitions: { 'repartition-1': 8 } })).toEqual([['partitions-changed', true]]);
  expect(kinds({ version: 0 })).toEqual([['version-lowered', true]]);
});

test('the shape of a transform is its stores with their operators, and partitions where there is state', () => {
  const stage = (index: number, stores: readonly object[]) =>
    ({
      index,
      inputs: [{ name: `source-${index}` }],
      operators: [{ name: `window-${index}`, spec: { shape: 'tumbling 10', stores } }],
      outputs: [],
    }) as unknown as Stage;
  const stages = [stage(1, [{ name: 'window-1', kind: 'timed', shape: 'count:v1' }]), stage(2, [])];
  const shape = shapeOf({ options: { version: 3 } } as Transform, stages, () => 4);
  expect(shape).toEqual({
    version: 3,
    stores: {
      'window-1': { operator: 'window-1', kind: 'timed', shape: 'tumbling 10; count:v1' },
    },
    partitions: { 'source-1': 4 },
  });
});
