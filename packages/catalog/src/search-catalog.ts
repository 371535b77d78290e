/**
 * Search over names, fields, descriptions, owners and tags, forgiving of typing mistakes. The same options make the index of the
 * exported site, which is searched in the browser.
 */
import type { CatalogField, CatalogPage } from '@millrace/operations';
import MiniSearch, { type Options } from 'minisearch';

/** What is searched of one contract. */
export type SearchDocument = Pick<CatalogPage, 'id' | 'description' | 'owner'> & {
  readonly title: string;
  readonly tags: string;
  readonly fields: string;
  readonly words: string;
  readonly places: string;
};

/** What is searched of a page. */
export const searchDocument = (
  page: Pick<
    CatalogPage,
    'id' | 'title' | 'description' | 'owner' | 'tags' | 'topic' | 'view' | 'usage'
  > & {
    readonly fields: readonly Pick<CatalogField, 'name' | 'businessName' | 'description'>[];
  },
): SearchDocument => ({
  id: page.id,
  title: page.title ?? '',
  description: page.description,
  owner: page.owner,
  tags: page.tags.join(' '),
  fields: page.fields.map(({ name, businessName }) => `${name} ${businessName ?? ''}`).join(' '),
  words: [page.usage ?? '', ...page.fields.map(({ description }) => description)].join(' '),
  places: [page.topic, page.view ?? ''].join(' '),
});

/** Plain values, so that they can be written into a page. Names are cut at dots and underscores by the library. */
export const searchOptions = {
  fields: ['id', 'title', 'fields', 'tags', 'owner', 'places', 'description', 'words'],
  searchOptions: {
    prefix: true,
    fuzzy: 0.25,
    boost: { id: 4, title: 3, fields: 2, tags: 2, owner: 2 },
  },
} satisfies Options<SearchDocument>;

export interface CatalogSearch {
  /** Ids, the best match first. Every word must be found, as it is, as a beginning, or nearly. */
  find(text: string): readonly string[];
}

/** An index in memory. Ids are unique. */
export const createCatalogSearch = (documents: readonly SearchDocument[]): CatalogSearch => {
  const index = new MiniSearch<SearchDocument>(searchOptions);
  index.addAll(documents);
  return {
    find: (text) => index.search(text, { combineWith: 'AND' }).map(({ id }) => String(id)),
  };
};
