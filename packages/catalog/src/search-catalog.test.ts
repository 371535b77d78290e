import { expect, test } from 'vitest';
import { catalogPage } from './catalog-page.ts';
import { createCatalogSearch, searchDocument } from './search-catalog.ts';
import { exampleInput } from './testing/example-catalog.ts';

const input = exampleInput();
const search = createCatalogSearch(
  input.contracts.map((contract) => searchDocument(catalogPage(contract, input))),
);

test.each([
  ['a name', 'airports', 'flights.airports'],
  ['the beginning of a name', 'airp', 'flights.airports'],
  ['a typing mistake', 'latitide', 'flights.airports'],
  ['a field', 'late_flights route', 'flights.route_delay_sessions'],
  ['a topic', 'events.flights.departed', 'flights.departed'],
])('%s finds its contract first', (_what, text, id) => {
  expect(search.find(text)[0]).toBe(id);
});

test('every word must be found; nothing is found by what nobody wrote', () => {
  expect(search.find('airports xylophone')).toEqual([]);
});

test('an owner finds what is theirs', () => {
  expect(search.find('flight-operations')).toHaveLength(input.contracts.length);
});
