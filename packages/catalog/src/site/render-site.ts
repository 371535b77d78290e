/** The catalog as a static site: files by path, to be put anywhere, also to be opened without a server. Writing them is the caller's. */
import type { CatalogPage } from '@millrace/operations';
import { searchDocument } from '../search-catalog.ts';
import { contractPage } from './contract-page.ts';
import { listPage } from './list-page.ts';
import { searchData, searchScript } from './search-script.ts';
import { styleSheet } from './style-sheet.ts';

export interface SiteOptions {
  readonly title: string;
  readonly madeAtMs: number;
  /** The search library's file for browsers (`minisearch/dist/umd/index.js`), as text. */
  readonly searchLibrary: string;
  readonly dcat: unknown;
  readonly asyncApi: unknown;
}

export interface SiteFile {
  /** With `/`, from the site's root. */
  readonly path: string;
  readonly text: string;
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Pages in the order in which the list shows them. The same pages and options give the same bytes. */
export const renderSite = (
  pages: readonly CatalogPage[],
  options: SiteOptions,
): readonly SiteFile[] => {
  const madeAt = new Date(options.madeAtMs).toISOString().slice(0, 10);
  const documents = JSON.stringify(pages.map(searchDocument));
  return [
    { path: 'index.html', text: listPage(pages, options.title, madeAt).markup },
    ...pages.map((page) => ({
      path: `contracts/${page.id}.html`,
      text: contractPage(page, options.title, madeAt).markup,
    })),
    { path: 'style.css', text: styleSheet },
    {
      path: 'minisearch.js',
      text: options.searchLibrary.replace(/\n\/\/# sourceMappingURL=.*/, ''),
    },
    { path: 'search-data.js', text: searchData(documents) },
    { path: 'search.js', text: searchScript },
    { path: 'catalog.json', text: json(pages) },
    { path: 'dcat.jsonld', text: json(options.dcat) },
    { path: 'asyncapi.json', text: json(options.asyncApi) },
  ];
};
