import { expect, test } from 'vitest';
import { catalogPage } from '../catalog-page.ts';
import { exampleContracts, exampleInput } from '../testing/example-catalog.ts';
import { renderSite } from './render-site.ts';

const siteOf = (edits: Parameters<typeof exampleContracts>[0] = {}) => {
  const input = exampleInput(exampleContracts(edits));
  const pages = input.contracts.map((contract) => catalogPage(contract, input));
  const files = renderSite(pages, {
    ...{
      title: 'Flights',
      madeAtMs: Date.UTC(2026, 0, 2),
      searchLibrary: '',
      dcat: {},
      asyncApi: {},
    },
  });
  return new Map(files.map(({ path, text }) => [path, text]));
};

test('every link of the site leads to a file of it, without a server', () => {
  const files = siteOf();
  for (const [path, text] of files) {
    if (!path.endsWith('.html')) continue;
    for (const [, target] of text.matchAll(/(?:href|src)="([^"#:]+)"/g)) {
      const { pathname } = new URL(target!, `file:///${path}`);
      expect([...files.keys()], `${path} → ${target}`).toContain(pathname.slice(1));
    }
  }
});

test('words of a contract are text on the page, also where they look like markup', () => {
  const files = siteOf({
    'departed.odcs.yaml': ['United States', '<script>alert(1)</script></script> States'],
  });
  expect(files.get('contracts/flights.departed.html')).toContain('&lt;script&gt;alert(1)');
  expect(files.get('contracts/flights.departed.html')).not.toContain('<script>');
  expect(files.get('search-data.js')).not.toContain('</script>');
});

test('a contract that ends says so, and leads to the one that replaces it', () => {
  const page = siteOf({
    'departed.odcs.yaml': [
      'identity: flight_id',
      'identity: flight_id\n      replacedBy: flights.airports',
    ],
  }).get('contracts/flights.departed.html');
  expect(page).toContain('<a href="flights.airports.html">flights.airports</a>');
});
