import { expect, test } from 'vitest';
import { howToQuery } from './how-to-query.ts';
import { exampleContracts } from './testing/example-catalog.ts';

const textsOf = (id: string, edits: Parameters<typeof exampleContracts>[0] = {}) => {
  const contracts = exampleContracts(edits);
  const contract = contracts.find((one) => one.id === id)!;
  return new Map(howToQuery(contract, contracts).map(({ title, text }) => [title, text]));
};

test('a fact is asked for its newest rows, by day, and joined with the dimension that its fields refer to', () => {
  const texts = textsOf('flights.departed');
  expect(texts.get('The newest rows')).toBe(
    'SELECT *\nFROM flights_departed\nORDER BY departed_at DESC\nLIMIT 100;',
  );
  expect(texts.get('With airports, by origin')).toContain(
    'FROM flights_departed AS r LEFT JOIN airports AS d ON d.iata = r.origin',
  );
  expect(texts.get('Send an event')).toContain('"flight_id": "WN-417-2001-01-07"');
  expect(texts.get('Types')).toContain('export interface FlightsDeparted {');
  expect(texts.get('Types')).not.toContain('Streams');
});

test('a dimension with a history is asked as of a moment, and joined as it was then', () => {
  const edits = {
    'airports.odcs.yaml': [
      'name: airports\n        dictionary',
      'name: airports\n        history: true\n        dictionary',
    ],
  } as const;
  const texts = textsOf('flights.airports', edits);
  expect(texts.get('How one row changed')).toContain('FROM airports_history');
  expect(texts.get('One value, without a join')).toMatch(
    /dictGet\('airports_dictionary', 'name', '.+'\)/,
  );
  const joined = textsOf('flights.departed', edits).get('With airports as it was then, by origin');
  expect(joined).toContain(
    'ASOF LEFT JOIN airports_history AS d ON d.iata = r.origin AND r.departed_at >= d.valid_from',
  );
});

test('an apostrophe in an example does not end the shell’s text', () => {
  const texts = textsOf('flights.departed', {
    'departed.odcs.yaml': ['examples: ["ABQ"]', 'examples: ["O\'Hare"]'],
  });
  expect(texts.get('Send an event')).toContain(`"O'\\''Hare"`);
});
