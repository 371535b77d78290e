import { expect, test } from 'vitest';
import { createDriver } from '../driver/driver.ts';
import { count } from '../folds/count.ts';
import { transform } from '../transform.ts';
import { tumbling } from '../windows/window-kinds.ts';
import { cutIntoStages } from './stages.ts';

const joined = transform('joined', ({ from, table }) => {
  from('flights.departed', { time: 'departed_at', idle: { after: '1 s', action: 'close' } })
    .keyBy(({ origin }) => origin)
    .leftJoin(table('flights.airports'), ({ origin }) => origin)
    .window(tumbling('10 min'))
    .aggregate({ flights: count() })
    .to('counts' as never);
});

test('tables that are only looked up, and what is made of them alone, say nothing of event time', () => {
  const stages = cutIntoStages(joined.graph);
  const inputs = stages.map((stage) =>
    stage.inputs.map(({ name }) => `${name}${stage.untimed.has(name) ? ' untimed' : ''}`),
  );
  expect(inputs).toEqual([
    ['source-1'],
    ['source-2 untimed'],
    ['repartition-1', 'repartition-2 untimed'],
  ]);
});

test('windows behind a join with such a table close by the time of the stream', () => {
  const driver = createDriver(joined);
  const departure = { flight_id: 'F', origin: 'ORD' };
  driver.pipe('flights.airports', { iata: 'ORD', name: 'x' }, { key: 'ORD', timeMs: 9e12 });
  driver.pipe('flights.departed', { ...departure, departed_at: 60_000 });
  driver.pipe('flights.departed', { ...departure, departed_at: 600_000 });
  expect(driver.take('counts')).toMatchObject([{ value: { value: { flights: 1 } } }]);
  driver.advanceClock(1_000);
  expect(driver.take('counts')).toMatchObject([{ value: { value: { flights: 1 } } }]);
  driver.pipe('flights.departed', { ...departure, departed_at: 1_200_000 });
  expect(driver.takeLate()).toEqual([]);
});
