import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import type { Ask } from './state-question.ts';

/** Answers questions about state over HTTP; docs/streams/state-queries.md is its page. */
export interface StateServer {
  /** As reached from this machine. */
  readonly url: string;
  close(): Promise<void>;
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
  },
} as const;

interface Route {
  Params: { transform: string; store: string; key: string };
  Querystring: { from?: number; to?: number; limit?: number };
}

/** `GET /state/<transform>/<store>/<key>?from=&to=&limit=`. Nothing can be changed from here. */
export const startStateServer = async (
  ask: Ask,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<StateServer> => {
  const server = Fastify({ logger: false, forceCloseConnections: true });
  server.get<Route>(
    '/state/:transform/:store/:key',
    { schema: { querystring } },
    async (request, reply) => {
      const { from, to, limit = LIMIT_DEFAULT } = request.query;
      const answer = await ask({
        ...request.params,
        ...{
          limit,
          ...(from !== undefined && { fromMs: from }),
          ...(to !== undefined && { toMs: to }),
        },
      });
      if (answer.status === 503) reply.header('retry-after', RETRY_AFTER_SECONDS);
      return reply
        .code(answer.status)
        .type('application/json; charset=utf-8')
        .send(JSON.stringify(answer.body, plain));
    },
  );
  await server.listen({ port, host });
  const { port: listening } = server.server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${listening}`, close: () => server.close() };
};

/** JSON has no whole numbers beyond 2^53 and no bytes: they are texts, bytes in Base64. */
const plain = (_name: string, value: unknown): unknown => {
  if (typeof value === 'bigint') return String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
};
