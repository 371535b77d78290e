import { expect, test } from 'vitest';
import { exampleContracts, exampleInput } from './testing/example-catalog.ts';
import { traceLineage } from './trace-lineage.ts';

const edgesOf = (id: string) => {
  const input = exampleInput();
  const contract = input.contracts.find((one) => one.id === id)!;
  return traceLineage(contract, input).map(
    ({ from, to, by }) =>
      `${from.dataset}.${from.field ?? '*'} -> ${to.dataset}.${to.field ?? '*'} (${by})`,
  );
};

test('a captured column leads to its field, the field to the column in ClickHouse', () => {
  const edges = edgesOf('flights.airports');
  expect(edges).toContain('postgres:flights.public.airports.iata -> flights.airports.iata (cdc)');
  expect(edges).toContain('flights.airports.iata -> clickhouse:airports.iata (sink)');
  expect(edges).toContain('clickhouse:airports.* -> clickhouse:airports_dictionary.* (dictionary)');
});

test('a transform that only filters is known field by field, one that computes as a whole, beside what its contract says', () => {
  const edges = edgesOf('flights.departed');
  expect(edges).toContain(
    'flights.departed.origin -> flights.refused_departures.origin (transform delays_by_airport)',
  );
  expect(edges).toContain(
    'flights.departed.* -> flights.delays_by_airport.* (transform delays_by_airport)',
  );
  expect(edges).toContain(
    'flights.departed.delay_minutes -> flights.delays_by_airport.mean_delay_minutes (contract)',
  );
});

test('a rollup is known by the columns that its expressions name', () => {
  const [rolled] = exampleContracts({
    'departed.odcs.yaml': [
      'partitionBy: toYYYYMM(departed_at)',
      [
        'partitionBy: toYYYYMM(departed_at)',
        '        rollups:',
        '          - name: flights_by_day',
        '            by: { day: toDate(departed_at) }',
        "            measures: { flights: count(), late: 'countIf(delay_minutes > 15)' }",
      ].join('\n'),
    ],
  }).filter(({ id }) => id === 'flights.departed');
  const edges = traceLineage(rolled!, exampleInput()).filter(({ by }) => by === 'rollup');
  expect(edges.map(({ from, to }) => [from.field, to.field])).toEqual([
    ['departed_at', 'day'],
    [null, 'flights'],
    ['delay_minutes', 'late'],
  ]);
});
