/** The index of the site's search: one document a heading, built here, read by site.js without a server. */
import MiniSearch from 'minisearch';
import type { Page } from '../pages/page.ts';
import { urlOf } from './site-map.ts';

/** Also in site.js, which must read the index with the same. */
export const searchOptions = {
  fields: ['title', 'page', 'text'],
  storeFields: ['title', 'page', 'url'],
};

interface Entry {
  readonly id: number;
  readonly title: string;
  readonly page: string;
  readonly text: string;
  readonly url: string;
}

/** @returns a script that leaves the index in `window.millraceIndex` */
export function searchIndex(pages: readonly Page[]): string {
  const entries = pages.flatMap(parts).map((entry, id): Entry => ({ id, ...entry }));
  const search = new MiniSearch<Entry>(searchOptions);
  search.addAll(entries);
  return `window.millraceIndex = ${JSON.stringify(search)};\n`;
}

/** A page cut at its headings of level 2. */
function parts(page: Page): readonly Omit<Entry, 'id'>[] {
  const url = urlOf(page.path);
  const headings = page.headings.filter(({ level }) => level === 2);
  const [head = '', ...rest] = page.text.split(/^## .*$/m);
  return [
    { title: page.title, page: page.title, text: head, url },
    ...rest.map((text, index) => {
      const { text: title = '', anchor = '' } = headings[index] ?? {};
      return { title, page: page.title, text, url: `${url}#${anchor}` };
    }),
  ];
}
