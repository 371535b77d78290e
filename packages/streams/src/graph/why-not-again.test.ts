import type { Contract } from '@millrace/contracts';
import { expect, test } from 'vitest';
import type { GraphView, NodeView } from './graph-view.ts';
import { whyNotAgain } from './why-not-again.ts';

const node = (name: string, kind: NodeView['kind'], more: Partial<NodeView> = {}): NodeView => ({
  ...{ name, kind, from: [], stores: [] },
  ...more,
});
const keeps = { stores: [{ name: 's', kind: 'keyed', changelog: 'c' }] } as const;
/** events.a is filtered and, by way of a repartition, counted; of events.b everything is only mapped; changes.c is a table. */
const graph: GraphView = {
  ...{ transform: 'delays', group: 'g', guarantee: 'exactly_once', deadLetters: 'd' },
  globalTables: [],
  stages: [
    {
      index: 0,
      nodes: [
        node('source-1', 'source', { topic: 'events.a' }),
        node('source-2', 'source', { topic: 'events.b' }),
        node('source-3', 'source', { topic: 'changes.c', as: 'table' }),
        node('source-4', 'source', { topic: 'events.d' }),
        node('filter', 'operator', { from: ['source-1'] }),
        node('map', 'operator', { from: ['source-2'] }),
        node('by-airport', 'repartition', { from: ['filter:late'], topic: 'inner' }),
        node('elsewhere', 'repartition', { from: ['source-4'], topic: 'inner-2' }),
        node('sink-1', 'sink', { from: ['map', 'source-3'], topic: 'derived.b', contract: 'd.b' }),
      ],
    },
    {
      index: 1,
      nodes: [
        node('by-airport', 'repartition', { topic: 'inner' }),
        node('elsewhere', 'repartition', { topic: 'inner-2' }),
        node('count', 'operator', { from: ['by-airport'], ...keeps }),
        node('sink-2', 'sink', { from: ['count'], topic: 'derived.a', contract: 'd.a' }),
        node('sink-3', 'sink', { from: ['elsewhere'], topic: 'derived.a', contract: 'd.a' }),
      ],
    },
  ],
};
const output = (cleanupPolicy: string, role?: string) =>
  [
    { id: 'd.b', topic: { cleanupPolicy }, ...(role !== undefined && { warehouse: { role } }) },
  ] as unknown as readonly Contract[];
const facts = output('delete', 'fact');

test('a record that passes no state to a stream of facts may go again', () => {
  expect(whyNotAgain(graph, facts, 'events.b')).toBeUndefined();
  expect(whyNotAgain(graph, output('delete'), 'events.b')).toBeUndefined();
});

test('the operator with state that the record would come to is told, also behind a repartition', () => {
  for (const topic of ['events.a', 'inner'])
    expect(whyNotAgain(graph, facts, topic)).toBe(
      'count of delays keeps state, which has gone on since',
    );
});

test('rows as they stand, another stage, outputs where the newest of a key counts, and topics that are not read are told', () => {
  expect(whyNotAgain(graph, facts, 'changes.c')).toContain('reads rows as they stand');
  expect(whyNotAgain(graph, facts, 'events.d')).toContain('sends it on to another stage');
  for (const contracts of [output('compact'), output('delete', 'aggregate')])
    expect(whyNotAgain(graph, contracts, 'events.b')).toMatch(/^in derived.b the newest record/);
  expect(whyNotAgain(graph, facts, 'events.z')).toBe('delays does not read events.z');
});
