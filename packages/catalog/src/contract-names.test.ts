import { expect, test } from 'vitest';
import { namesIn, resolveReference, resolveSource, sqlName } from './contract-names.ts';
import { exampleContracts } from './testing/example-catalog.ts';

const contracts = exampleContracts();

test('names in SQL are words outside of quotes', () => {
  expect(
    namesIn("countIf(state = 'delay' AND late > 1)", ['delay', 'late', 'state', 'at']),
  ).toEqual(['late', 'state']);
});

test('a source is a contract, a field of one, or outside the project', () => {
  expect(resolveSource('flights.departed', contracts)).toMatchObject({ field: null });
  expect(resolveSource('flights.departed.origin', contracts)).toMatchObject({ field: 'origin' });
  expect(resolveSource('flights.departed.gate', contracts)).toBeUndefined();
  expect(resolveSource('legacy.AIRPORT', contracts)).toBeUndefined();
});

test('a reference means the own domain first, else the only contract of that name', () => {
  expect(resolveReference('airports.iata', 'flights', contracts)?.contract.id).toBe(
    'flights.airports',
  );
  expect(resolveReference('airports.iata', 'trains', contracts)?.contract.id).toBe(
    'flights.airports',
  );
  expect(resolveReference('airports.gate', 'flights', contracts)).toBeUndefined();
});

test('a name is quoted in SQL only where it must be', () => {
  expect(['origin', 'order', 'a-b'].map(sqlName)).toEqual(['origin', '`order`', '`a-b`']);
});
