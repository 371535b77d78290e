import { type Sources, transform } from '@millrace/streams';
import { expect, test } from 'vitest';
import { checkTransform } from './check-transform.ts';
import { delays, exampleContracts } from './testing/example-transforms.ts';

const contracts = exampleContracts();
const problemsOf = (build: (sources: Sources) => void) =>
  checkTransform(transform('checked', build), contracts);

test('a transform that agrees with its contracts has no problems', () => {
  expect(checkTransform(delays, contracts)).toEqual([]);
});

test('a contract that is not there is named, with the one that was probably meant', () => {
  expect(
    problemsOf(({ from }) =>
      from('flights.departd' as never).to('flights.refused_departures' as never),
    ),
  ).toEqual(["source-1: there is no contract 'flights.departd'. Was 'flights.departed' meant?"]);
});

test('captured tables and streams of records are not taken for one another', () => {
  expect(
    problemsOf(({ from, changes }) => {
      from('flights.airports' as never).to('flights.refused_departures' as never);
      changes('flights.departed' as never).to('flights.refused_departures' as never);
    }),
  ).toEqual([
    "source-1: 'flights.airports' is a captured table; read it with table() or changes().",
    "source-2: 'flights.departed' is no captured table; read it with from() or latest().",
  ]);
});

test('fields that the contract does not have are named', () => {
  expect(
    problemsOf(({ from }) =>
      from('flights.departed', { time: 'left_at', fields: ['orgin'] } as never).to(
        'flights.refused_departures' as never,
      ),
    ),
  ).toEqual([
    "source-1: 'flights.departed' has no field 'orgin'.",
    "source-1: 'flights.departed' has no field 'left_at'.",
  ]);
});

test('only derived contracts are written', () => {
  expect(problemsOf(({ from }) => from('flights.departed').to('flights.departed'))).toEqual([
    "sink-1: 'flights.departed' is not derived: its records come from elsewhere (source.kind).",
  ]);
});

test('topics that are read together have equally many partitions', () => {
  const withPartitions = (partitions: number) =>
    contracts.map((contract) =>
      contract.id === 'flights.departed'
        ? { ...contract, topic: { ...contract.topic, partitions } }
        : contract,
    );
  const merged = transform('checked', ({ from }) => {
    const refused = from('flights.refused_departures');
    const departed = from('flights.departed').map((flight) => ({ ...flight, reason: 'none' }));
    refused.merge(departed).to('flights.refused_departures');
  });
  expect(checkTransform(merged, withPartitions(1))).toEqual([]);
  expect(checkTransform(merged, withPartitions(4))).toEqual([
    'derived.flights.refused_departures has 1 partitions and events.flights.departed has 4, but they are read together: make them equal, or key one of them anew.',
  ]);
});
