import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import Fastify, { type FastifyReply } from 'fastify';
import { createForwardingAsk, FORWARDED_HEADER } from './forward-question.ts';
import type { Ask, QueriedService, StateAnswer } from './state-question.ts';

/** Answers questions about state over HTTP; docs/streams/state-queries.md is its page. */
export interface StateServer {
  /** As reached from this machine. */
  readonly url: string;
  /** As others reach it. */
  readonly endpoint: string;
  /** Until then every question is answered with 503. */
  serve(service: Pick<QueriedService, 'ask' | 'tasks'>): void;
  close(): Promise<void>;
}

export interface StateServerConfig {
  readonly host: string;
  readonly port: number;
  /** URL for others, without a path; empty: made of host and port. */
  readonly advertisedUrl: string;
}

const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 1_000;
const RETRY_AFTER_SECONDS = 1;

const wholeNumber = { type: 'integer' } as const;
const querystring = {
  type: 'object',
  additionalProperties: false,
  properties: {
    from: wholeNumber,
    to: wholeNumber,
    limit: { type: 'integer', minimum: 1, maximum: LIMIT_MAX },
    forward: { type: 'boolean' },
    stale: { type: 'boolean' },
  },
} as const;

interface Route {
  Params: { transform: string; store: string; key: string };
  Querystring: { from?: number; to?: number; limit?: number; forward?: boolean; stale?: boolean };
}

/** A service that is not there yet, to whoever asks before. */
const starting: StateAnswer = { status: 503, body: { error: 'the service is starting' } };

/**
 * `GET /state/<transform>/<store>/<key>?from=&to=&limit=&forward=&stale=` and `GET /tasks`. Nothing can be changed from
 * here. Listens before there is a service, since that one tells others the URL.
 */
export const startStateServer = async (config: StateServerConfig): Promise<StateServer> => {
  let service: Pick<QueriedService, 'ask' | 'tasks'> = {
    ask: async () => starting,
    tasks: async () => [],
  };
  const ask: Ask = (question) => service.ask(question);
  let forward: ReturnType<typeof createForwardingAsk> = ask;
  const server = Fastify({ logger: false, forceCloseConnections: true });
  server.get<Route>(
    '/state/:transform/:store/:key',
    { schema: { querystring } },
    (request, reply) => {
      const { from, to, limit = LIMIT_DEFAULT, stale = false } = request.query;
      const question = {
        ...{ ...request.params, limit, stale },
        ...(from !== undefined && { fromMs: from }),
        ...(to !== undefined && { toMs: to }),
      };
      const isLast =
        request.query.forward === false || request.headers[FORWARDED_HEADER] !== undefined;
      return answer(reply, isLast ? ask(question) : forward(question, request.url));
    },
  );
  server.get('/tasks', async (_request, reply) => {
    const tasks = await service.tasks();
    return answer(reply, { status: 200, body: { tasks } });
  });
  await server.listen({ port: config.port, host: config.host });
  const { port } = server.server.address() as AddressInfo;
  const endpoint = config.advertisedUrl || `http://${reachableHost(config.host)}:${port}`;
  forward = createForwardingAsk({ ask, endpoint });
  return {
    ...{ url: `http://127.0.0.1:${port}`, endpoint },
    serve(started) {
      service = started;
    },
    close: () => server.close(),
  };
};

const answer = async (
  reply: FastifyReply,
  answering: StateAnswer | Promise<StateAnswer>,
): Promise<unknown> => {
  const { status, body } = await answering;
  if (status === 503) reply.header('retry-after', RETRY_AFTER_SECONDS);
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(body, plain));
};

/** Bound to every address, it is reached under the machine's name. */
const reachableHost = (host: string): string => {
  if (host === '0.0.0.0' || host === '::') return hostname();
  return host.includes(':') ? `[${host}]` : host;
};

/** JSON has no whole numbers beyond 2^53 and no bytes: they are texts, bytes in Base64. */
const plain = (_name: string, value: unknown): unknown => {
  if (typeof value === 'bigint') return String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
};
