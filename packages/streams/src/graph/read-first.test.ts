import { expect, test } from 'vitest';
import type { Sources } from '../dsl/sources.ts';
import { transform } from '../transform.ts';
import { readFirstOf } from './read-first.ts';
import { cutIntoStages } from './stages.ts';

/** Of each stage: what is read first, and what waits for it. */
const readFirst = (build: (sources: Sources) => void) => {
  const stages = cutIntoStages(transform('joined', build).graph);
  return stages.map((stage) => {
    const { first, after } = readFirstOf(stages, stage);
    return first.size === 0 ? [] : [[...first].sort(), [...after]];
  });
};

const byOrigin = ({ from }: Sources) =>
  from('flights.departed', { time: 'departed_at' }).keyBy(({ origin }) => origin);

test('tables of plain joins are read first, through whatever lies between; those of joins by time are not', () => {
  const tables = readFirst((sources) => {
    const delays = sources.latest('flights.delays_by_airport').filter(({ flights }) => flights > 1);
    byOrigin(sources)
      .leftJoin(sources.table('flights.airports'), (flight) => flight)
      .join(delays, (flight) => flight)
      .to('flights.departed');
  });
  // Airports lie where their key is in bytes, and change partition; results lie where they are joined.
  expect(tables).toEqual([[['repartition-2', 'source-1'], ['repartition-1']], [], []]);
  const byTime = readFirst((sources) => {
    const airports = sources.table('flights.airports');
    byOrigin(sources)
      .join(airports, (flight) => flight, { grace: '1 s' })
      .to('flights.departed');
  });
  expect(byTime.flat()).toEqual([]);
});

test('a stream does not wait where a table is made of it that the same stage, or one that waits for it, looks into', () => {
  const circle = readFirst((sources) => {
    const delays = sources.latest('flights.delays_by_airport');
    const moved = sources
      .from('flights.delays_by_airport')
      .keyBy(({ airport }) => airport)
      .toTable();
    byOrigin(sources)
      .leftJoin(moved, (flight) => flight)
      .to('flights.departed');
    delays.join(moved, (row) => row).to('flights.delays_by_airport');
  });
  const stage = circle.find((one) => one.length > 0)!;
  // Of source-2, which makes the table, it is another reading of one topic.
  expect(stage).toEqual([['repartition-2'], ['source-1', 'repartition-1']]);
});
