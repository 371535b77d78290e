/**
 * The catalog: contracts joined with what is observed of them. Routes below `/catalog`; what a page is made of is
 * @millrace/catalog, what is looked at and when is observer.ts.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  asyncApiDocument,
  type CatalogInput,
  type CatalogTransform,
  catalogEntries,
  catalogEntry,
  catalogPage,
  createCatalogSearch,
  dcatCatalog,
  describeFields,
  renderSite,
  searchDocument,
  searchLibraryUrl,
} from '@millrace/catalog';
import { type Contract, hasWarehouse, MillraceError } from '@millrace/contracts';
import type { CatalogList, CatalogPage, HealthReport } from '@millrace/operations';
import { loadTransformFiles, type Project, readProjectFiles } from '@millrace/runtime';
import { describeTransforms } from '@millrace/streams';
import type { FastifyInstance } from 'fastify';
import type { LagReader } from '../lag/lag-reader.ts';
import type { Part, PartContext } from '../part.ts';
import { answerFiles } from './answer-files.ts';
import { answerImpact } from './answer-impact.ts';
import { createSeenLog } from './observe/seen-log.ts';
import { createObserver, type Observer } from './observer.ts';
import { readSample } from './read-sample.ts';

export interface CatalogPartOptions {
  readonly lag: LagReader;
  readonly health: { report(): HealthReport };
}

const viewer = { config: { role: 'viewer' } } as const;

const readTransforms = async (project: Project): Promise<readonly CatalogTransform[]> => {
  const files = await loadTransformFiles(project.directory, {
    '@millrace/streams': import.meta.resolve('@millrace/streams'),
  });
  return Promise.all(
    describeTransforms(files).map(async (one) => ({
      ...one,
      text: await readFile(join(project.directory, one.path), 'utf8'),
    })),
  );
};

interface Answers {
  readonly context: PartContext;
  readonly input: CatalogInput;
  readonly observer: Observer;
  contractOf(id: string): Contract;
  pages(): readonly CatalogPage[];
}

/** What is searched does not need a whole page. */
const searchedOf = (contract: Contract) =>
  searchDocument({
    ...catalogEntry(contract, undefined),
    usage: contract.about.usage ?? null,
    fields: describeFields(contract),
  });

const registerPages = (server: FastifyInstance, answers: Answers): void => {
  const { context, input, observer, contractOf } = answers;
  const { clock, clickhouse, config } = context;
  const search = createCatalogSearch(input.contracts.map(searchedOf));
  server.get<{ Querystring: { q?: string } }>('/catalog', viewer, ({ query }): CatalogList => {
    const entries = catalogEntries(input);
    const text = query.q?.trim() ?? '';
    const found = text === '' ? undefined : search.find(text);
    return {
      atMs: clock.nowMs(),
      entries:
        found === undefined
          ? entries
          : found.flatMap((id) => entries.find((entry) => entry.id === id) ?? []),
    };
  });
  server.get<{ Params: { id: string } }>('/catalog/:id', viewer, async ({ params }) => {
    const contract = contractOf(params.id);
    await observer.refresh(contract);
    return catalogPage(contract, input);
  });
  server.get<{ Params: { id: string } }>('/catalog/:id/sample', viewer, async ({ params }) => {
    const contract = contractOf(params.id);
    if (!hasWarehouse(contract))
      throw new MillraceError('operations.unknown', `${contract.id} has no table.`);
    return readSample(clickhouse, contract, config.catalogSampleRows);
  });
  server.get<{ Params: { id: string }; Querystring: { version?: string } }>(
    '/catalog/:id/files',
    viewer,
    async ({ params, query }) => {
      const contract = contractOf(params.id);
      if (query.version !== undefined) await observer.refresh(contract);
      const files = await readProjectFiles(context.project.directory);
      return answerFiles(contract, files, input, query.version);
    },
  );
  server.post('/catalog/impact', viewer, ({ body }) =>
    answerImpact(body, context.project.directory, input),
  );
};

/** Of a URL without user and password. */
const bareUrl = (text: string): string => {
  const url = new URL(text);
  return `${url.origin}${url.pathname}`.replace(/\/$/, '');
};

const title = 'Data catalog';
const mediaTypes: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  jsonld: 'application/ld+json',
};

const registerExports = (server: FastifyInstance, { context, input, pages }: Answers): void => {
  const { config, clock } = context;
  const dcat = (baseUrl: string) =>
    dcatCatalog(pages(), {
      ...{ title, baseUrl, publisher: input.contracts[0]?.owner ?? title },
      description: 'Streams and tables of a Millrace project, from their contracts.',
    });
  const asyncApi = () =>
    asyncApiDocument(input, {
      ...{ title, version: '1.0.0', kafkaBrokers: config.kafkaBrokers.join(',') },
      registryUrl: bareUrl(config.registryUrl),
    });
  const rootOf = (request: { protocol: string; host: string }) =>
    `${request.protocol}://${request.host}/api/v1/catalog`;
  server.get('/catalog/export/json', viewer, () => pages());
  server.get('/catalog/export/dcat', viewer, (request, reply) =>
    reply.type(mediaTypes['jsonld']!).send(JSON.stringify(dcat(rootOf(request)))),
  );
  server.get('/catalog/export/asyncapi', viewer, () => asyncApi());
  server.get<{ Params: { '*': string } }>(
    '/catalog/export/site/*',
    viewer,
    async (request, reply) => {
      const path = request.params['*'] === '' ? 'index.html' : request.params['*'];
      const files = renderSite(pages(), {
        ...{ title, madeAtMs: clock.nowMs(), dcat: dcat(rootOf(request)), asyncApi: asyncApi() },
        searchLibrary: await readFile(new URL(searchLibraryUrl()), 'utf8'),
      });
      const found = files.find((file) => file.path === path);
      if (found === undefined)
        throw new MillraceError('operations.unknown', `The site has no ${path}.`);
      return reply.type(mediaTypes[path.split('.').at(-1)!] ?? 'text/plain').send(found.text);
    },
  );
};

/** @param options readers of parts that were made before */
export const createCatalogPart = async (
  context: PartContext,
  options: CatalogPartOptions,
): Promise<Part> => {
  const { project, history, clickhouse, config } = context;
  const transforms = await readTransforms(project);
  const seen = createSeenLog(history, clickhouse);
  const observer = createObserver(context, { ...options, transforms, seen });
  const input: CatalogInput = {
    contracts: project.contracts,
    transforms,
    observed: (id) => observer.observed(id),
  };
  const answers: Answers = {
    ...{ context, input, observer },
    contractOf: (id) => {
      const found = project.contracts.find((one) => one.id === id);
      if (found !== undefined) return found;
      throw new MillraceError('operations.unknown', `There is no contract ${id}.`);
    },
    pages: () =>
      project.contracts
        .map((contract) => catalogPage(contract, input))
        .sort((a, b) => a.id.localeCompare(b.id)),
  };
  return {
    watches: [
      { name: 'catalog', everyMs: config.catalogIntervalMs, round: () => observer.round() },
    ],
    register: (server) => {
      registerPages(server, answers);
      registerExports(server, answers);
    },
  };
};
