/** The catalog in the form of others: a site, DCAT, AsyncAPI, plain JSON. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  asyncApiDocument,
  type CatalogInput,
  dcatCatalog,
  renderSite,
  searchLibraryUrl,
} from '@millrace/catalog';
import type { CatalogPage } from '@millrace/operations';

export interface ExportOptions {
  readonly title: string;
  /** Begins the identifiers of DCAT; no `/` at the end. */
  readonly baseUrl: string;
  readonly publisher: string;
  readonly kafkaBrokers?: string;
  readonly registryUrl?: string;
}

const dcatOf = (pages: readonly CatalogPage[], { title, baseUrl, publisher }: ExportOptions) =>
  dcatCatalog(pages, {
    ...{ title, baseUrl, publisher },
    description: 'Streams and tables of a Millrace project, from their contracts.',
  });

const asyncApiOf = (input: CatalogInput, options: ExportOptions) =>
  asyncApiDocument(input, {
    ...{ title: options.title, version: '1.0.0' },
    ...(options.kafkaBrokers !== undefined && { kafkaBrokers: options.kafkaBrokers }),
    ...(options.registryUrl !== undefined && { registryUrl: options.registryUrl }),
  });

/** What `--format` may be, and the value that is printed for it. */
export const formats = {
  json: (pages: readonly CatalogPage[]): unknown => pages,
  dcat: (pages: readonly CatalogPage[], _input: CatalogInput, options: ExportOptions): unknown =>
    dcatOf(pages, options),
  asyncapi: (
    _pages: readonly CatalogPage[],
    input: CatalogInput,
    options: ExportOptions,
  ): unknown => asyncApiOf(input, options),
} as const;

/** Writes the site; files of it that are there are replaced, others stay. Returns how many were written. */
export const writeSite = async (
  directory: string,
  pages: readonly CatalogPage[],
  input: CatalogInput,
  options: ExportOptions & { readonly madeAtMs: number },
): Promise<number> => {
  const files = renderSite(pages, {
    ...{
      title: options.title,
      madeAtMs: options.madeAtMs,
      searchLibrary: await readFile(new URL(searchLibraryUrl()), 'utf8'),
    },
    ...{ dcat: dcatOf(pages, options), asyncApi: asyncApiOf(input, options) },
  });
  for (const { path, text } of files) {
    const target = join(directory, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, text);
  }
  return files.length;
};
