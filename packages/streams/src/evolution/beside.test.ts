import { expect, test } from 'vitest';
import { transform } from '../transform.ts';
import { besideTransform } from './beside.ts';

test('a transform beside another reads the same and writes elsewhere, under a name of its own', () => {
  const live = transform('copies', ({ from }) => {
    const flights = from('flights.departed');
    flights.to('flights.departed', { topic: 'elsewhere' });
    flights.to('flights.departed');
  });
  const side = besideTransform(live, 'again', (contract) => `events.${contract}`);
  expect(side.name).toBe('copies_again');
  expect(side.graph.nodes).toMatchObject([
    { kind: 'source', contract: 'flights.departed' },
    { kind: 'sink', topic: 'elsewhere.again' },
    { kind: 'sink', topic: 'events.flights.departed.again' },
  ]);
  expect(live.graph.nodes.at(-1)).not.toHaveProperty('topic');
});
