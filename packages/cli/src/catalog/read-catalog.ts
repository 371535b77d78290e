/** The catalog of a project: out of its files, and with what is observed where the quality service answers. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CatalogInput, catalogPage } from '@millrace/catalog';
import { MillraceError, withPlatformContracts } from '@millrace/contracts';
import type { CatalogPage, OperationsClient } from '@millrace/operations';
import { loadTransformFiles } from '@millrace/runtime';
import { describeTransforms } from '@millrace/streams';
import { readOwnContracts } from '../contracts/read-contracts.ts';

/** Throws `contracts.project-invalid` and what loading transforms throws. */
export const readCatalogInput = async (directory: string): Promise<CatalogInput> => {
  const contracts = withPlatformContracts(await readOwnContracts(directory));
  const files = await loadTransformFiles(directory, {
    '@millrace/streams': import.meta.resolve('@millrace/streams'),
  });
  const transforms = describeTransforms(files).map(async (one) => ({
    ...one,
    text: await readFile(join(directory, one.path), 'utf8'),
  }));
  return { contracts, transforms: await Promise.all(transforms), observed: () => undefined };
};

/** Every page out of files alone, by id. */
export const offlinePages = (input: CatalogInput): readonly CatalogPage[] =>
  input.contracts
    .map((contract) => catalogPage(contract, input))
    .sort((a, b) => a.id.localeCompare(b.id));

/** The input with those who were seen, as far as the pages tell; nothing else of an observation is in it. */
export const withSeen = (input: CatalogInput, pages: readonly CatalogPage[]): CatalogInput => {
  const byId = new Map(pages.map((page) => [page.id, page]));
  return {
    ...input,
    observed: (id) => {
      const page = byId.get(id);
      if (page?.observedMs == null) return undefined;
      const { condition, lastEventMs, rows, bytes, quality } = page;
      return {
        ...{ atMs: page.observedMs, condition, lastEventMs, rows, bytes, quality },
        producers: page.producers.filter(({ seen }) => seen),
        consumers: page.consumers.filter(({ seen }) => seen),
        allowed: page.producers.flatMap(({ declared, kind, name }) =>
          declared && kind === 'producer' ? [name] : [],
        ),
        ...{ versions: null, topicSettings: null, tableSettings: null, latencyP99Ms: null },
      };
    },
  };
};

export interface CatalogReading {
  readonly pages: readonly CatalogPage[];
  /** Why the service's answer is not in it; undefined when it is. */
  readonly unobserved?: string;
}

/**
 * The pages of the project's contracts. A page that the service has, too, is the service's: it is of the same files, or of those
 * that run.
 * @param client undefined: the service is not asked
 */
export const readCatalog = async (
  input: CatalogInput,
  client: OperationsClient | undefined,
): Promise<CatalogReading> => {
  const pages = offlinePages(input);
  if (client === undefined) return { pages, unobserved: 'the service was not asked' };
  try {
    const known = await client.get<readonly CatalogPage[]>('/catalog/export/json');
    const byId = new Map(known.map((page) => [page.id, page]));
    return { pages: pages.map((page) => byId.get(page.id) ?? page) };
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    return { pages, unobserved: error.message };
  }
};
