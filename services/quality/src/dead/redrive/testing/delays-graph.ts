/** A transform of one stage, as tests of redrives have it. */
import type { GraphView } from '@millrace/streams';

export const graph: GraphView = {
  ...{ transform: 'delays', group: 'g', guarantee: 'exactly_once', deadLetters: 'd' },
  globalTables: [],
  stages: [
    {
      index: 0,
      nodes: [
        { name: 'source-1', kind: 'source', from: [], stores: [], topic: 'events.a' },
        { name: 'sink-1', kind: 'sink', from: ['source-1'], stores: [], topic: 'derived.b' },
      ],
    },
  ],
};
