import { expect, test } from 'vitest';
import { graph } from './testing/delays-graph.ts';
import { transformObstacle } from './transform-obstacle.ts';

const why = (topic: string, stage: string | null) =>
  transformObstacle({ topic, stage }, { graphs: [graph], contracts: [] });

test('a record that was read may be sent; one that an operator made, or of a transform or topic that the project has not, is told so', () => {
  expect(why('events.a', 'stream-transform delays')).toBeUndefined();
  expect(why('', 'stream-transform delays count')).toBe(
    'count of delays made it of other records, and no topic holds it; see `millrace transform replay delays`',
  );
  expect(why('events.z', 'stream-transform delays')).toMatch(/^delays does not read events.z; see/);
  for (const stage of ['stream-transform gone', null])
    expect(why('events.a', stage)).toBe(
      'the project has no such transform; see `millrace transform replay`',
    );
});
