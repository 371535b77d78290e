/** An HTTP API with pages, limits, tokens and failures, whose records a test changes. */
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';

export interface ApiRecord {
  readonly id: string;
  readonly updated_at: number;
}

export interface PagedApi {
  readonly url: string;
  /** In no order that means anything. */
  readonly records: ApiRecord[];
  /** Statuses for the next requests, before anything is answered; with `Retry-After: 0`. */
  readonly failures: number[];
  /** Of every request, in order. */
  readonly seen: {
    readonly url: string;
    readonly authorization: string | undefined;
    readonly key: string | undefined;
  }[];
  /** Access tokens that were given out. */
  readonly tokens: string[];
  /** Only this one is taken; undefined: all are. */
  validToken: string | undefined;
  /** Rows of a page. */
  pageRows: number;
  close(): Promise<void>;
}

interface Query {
  readonly since?: string;
  readonly after?: string;
  readonly offset?: string;
  readonly page?: string;
}

/** `/link`, `/cursor`, `/offset`, `/page` page in their ways, `/page-again` has its last page for an empty one; `/foreign` leads elsewhere; `/token` gives tokens. */
export const startPagedApi = async (): Promise<PagedApi> => {
  const server = Fastify({ logger: false });
  const api: Omit<PagedApi, 'url' | 'close'> = {
    ...{ records: [], failures: [], seen: [], tokens: [], validToken: undefined, pageRows: 2 },
  };
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, _body, done) => done(null));
  server.post('/token', async () => {
    const token = `token-${api.tokens.length + 1}`;
    api.tokens.push(token);
    api.validToken = token;
    return { access_token: token, expires_in: 3600 };
  });
  server.addHook('onRequest', async (request, reply) => {
    if (request.url === '/token') return;
    const { authorization } = request.headers;
    const key = request.headers['x-key'];
    api.seen.push({
      url: request.url,
      authorization,
      key: typeof key === 'string' ? key : undefined,
    });
    const failure = api.failures.shift();
    if (failure !== undefined) await reply.code(failure).header('retry-after', '0').send({});
    else if (api.validToken !== undefined && authorization !== `Bearer ${api.validToken}`)
      await reply.code(401).send({});
  });
  const found = ({ query }: FastifyRequest) => {
    const { since = '0' } = query as Query;
    return api.records
      .filter((record) => record.updated_at >= Number(since))
      .toSorted((a, b) => a.updated_at - b.updated_at || (a.id < b.id ? -1 : 1));
  };
  const slice = (request: FastifyRequest, from: number) =>
    found(request).slice(from, from + api.pageRows);
  const after = (request: FastifyRequest) => Number((request.query as Query).after ?? 0);

  server.get('/link', async (request: FastifyRequest, reply: FastifyReply) => {
    const next = after(request) + api.pageRows;
    const query = new URLSearchParams({
      ...(request.query as Record<string, string>),
      after: String(next),
    });
    if (next < found(request).length)
      reply.header('link', `</link?${query}>; rel="next", </link>; rel="first"`);
    return slice(request, after(request));
  });
  server.get('/cursor', async (request) => {
    const next = after(request) + api.pageRows;
    return {
      data: { items: slice(request, after(request)) },
      ...(next < found(request).length ? { next: String(next) } : {}),
    };
  });
  server.get('/offset', async (request) => slice(request, Number((request.query as Query).offset)));
  server.get('/page', async (request) =>
    slice(request, (Number((request.query as Query).page) - 1) * api.pageRows),
  );
  server.get('/page-again', async (request) => {
    const last = Math.ceil(found(request).length / api.pageRows);
    const page = Math.min(last, Number((request.query as Query).page));
    return slice(request, (page - 1) * api.pageRows);
  });
  server.get('/foreign', async () => ({ items: [], next: 'http://elsewhere.example/steal' }));
  server.get('/circle', async (request) => ({
    items: api.records.slice(0, 1),
    next:
      { '/circle': '/circle?after=b', '/circle?after=b': '/circle?after=c' }[request.url] ??
      '/circle?after=b',
  }));
  server.get('/text', async () => 'not JSON');
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  return Object.assign(api, {
    url,
    close: async () => {
      server.server.closeAllConnections();
      await server.close();
    },
  });
};
