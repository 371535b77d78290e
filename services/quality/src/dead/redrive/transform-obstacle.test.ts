import type { GraphView, NodeView } from '@millrace/streams';
import { expect, test } from 'vitest';
import { transformObstacle } from './transform-obstacle.ts';

const node = (name: string, kind: NodeView['kind'], more: Partial<NodeView> = {}): NodeView => ({
  ...{ name, kind, from: [], stores: [] },
  ...more,
});
const keeps = { stores: [{ name: 's', kind: 'keyed', changelog: 'c' }] } as const;
/** events.a is filtered and, by way of a repartition, counted; of events.b everything is only mapped. */
const graph: GraphView = {
  ...{ transform: 'delays', group: 'g', guarantee: 'exactly_once', deadLetters: 'd' },
  globalTables: [],
  stages: [
    {
      index: 0,
      nodes: [
        node('source-1', 'source', { topic: 'events.a' }),
        node('source-2', 'source', { topic: 'events.b' }),
        node('filter', 'operator', { from: ['source-1'] }),
        node('map', 'operator', { from: ['source-2'] }),
        node('by-airport', 'repartition', { from: ['filter:late'], topic: 'inner' }),
        node('sink-1', 'sink', { from: ['map'], topic: 'derived.b' }),
      ],
    },
    {
      index: 1,
      nodes: [
        node('by-airport', 'repartition', { topic: 'inner' }),
        node('count', 'operator', { from: ['by-airport'], ...keeps }),
        node('sink-2', 'sink', { from: ['count'], topic: 'derived.a' }),
      ],
    },
  ],
};
const why = (topic: string, stage: string | null) => transformObstacle({ topic, stage }, [graph]);

test('the operator with state that the record would come to is told, also behind a repartition', () => {
  for (const topic of ['events.a', 'inner'])
    expect(why(topic, 'stream-transform delays')).toBe(
      'count of delays keeps state, which has gone on since; see `millrace transform replay delays`',
    );
});

test('without state on its way, made by an operator, or of a transform that the project has not: each is told as it is', () => {
  expect(why('events.b', 'stream-transform delays')).toMatch(/^delays keeps no state/);
  expect(why('', 'stream-transform delays count')).toMatch(/^count of delays made it of other/);
  for (const stage of ['stream-transform gone', null])
    expect(why('events.a', stage)).toBe(
      'a transform cannot take a single record again; see `millrace transform replay`',
    );
});
