import { expect, test } from 'vitest';
import { catalogPage } from '../catalog-page.ts';
import { exampleInput } from '../testing/example-catalog.ts';
import { dcatCatalog } from './dcat.ts';

const input = exampleInput();
const pages = input.contracts.map((contract) => catalogPage(contract, input));

test('catalog, datasets and distributions have what DCAT-AP makes mandatory', () => {
  const document = dcatCatalog(pages, {
    ...{ title: 'Flights', description: 'Streams.', publisher: 'data team' },
    baseUrl: 'https://catalog.example',
  });
  expect(document).toMatchObject({
    ...{ '@type': 'dcat:Catalog', 'dcterms:title': 'Flights', 'dcterms:description': 'Streams.' },
    'dcterms:publisher': { 'foaf:name': 'data team' },
  });
  const datasets = document['dcat:dataset'] as Record<string, unknown>[];
  expect(datasets).toHaveLength(pages.length);
  for (const dataset of datasets) {
    expect(dataset).toMatchObject({
      'dcterms:title': expect.any(String),
      'dcterms:description': expect.any(String),
    });
    for (const distribution of dataset['dcat:distribution'] as object[])
      expect(distribution).toMatchObject({ 'dcat:accessURL': { '@id': expect.any(String) } });
  }
  expect(
    datasets.find((one) => one['dcterms:identifier'] === 'flights.delays_by_airport'),
  ).toMatchObject({
    'prov:wasDerivedFrom': [
      { '@id': 'https://catalog.example/flights.departed' },
      { '@id': 'https://catalog.example/flights.airports' },
    ],
  });
});
