/** The port of the API and the console: fastify, every failure as problem details. What is answered is the parts' affair. */
import type { Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { MillraceError } from '@millrace/contracts';
import type { Clock, Logger } from '@millrace/pipeline';
import { followTls, readTls } from '@millrace/runtime';
import Fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import type { Access } from '../access/open-access.ts';
import type { Part } from '../part.ts';
import { registerConsole } from './console.ts';
import { problemMediaType, problemOf } from './problem.ts';

export interface ApiServer {
  readonly url: string;
  close(): Promise<void>;
}

export interface ApiServerOptions {
  readonly host: string;
  readonly port: number;
  readonly trustedProxies: readonly string[];
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
  readonly access: Access;
  readonly parts: readonly Part[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends the watch of the certificate. */
  readonly signal: AbortSignal;
}

const bodyBytesMax = 1024 * 1024;

export const startApiServer = async (options: ApiServerOptions): Promise<ApiServer> => {
  const { access, parts, trustedProxies } = options;
  const files = { ...options, tlsClientCa: undefined, tlsClientRequired: false };
  const tls = await readTls(files, 'MILLRACE_QUALITY');
  const server: FastifyInstance = Fastify({
    ...{ logger: false, bodyLimit: bodyBytesMax, forceCloseConnections: true },
    ...(trustedProxies.length > 0 && { trustProxy: [...trustedProxies] }),
    ...(tls !== undefined && { https: tls }),
  });
  answerFailures(server, options.logger);
  await server.register(
    async (api) => {
      access.guard(api);
      for (const part of parts) await part.register?.(api);
    },
    { prefix: '/api/v1' },
  );
  access.register(server);
  registerConsole(server);
  await server.listen({ host: options.host, port: options.port });
  if (tls !== undefined) followTls(server.server as unknown as TlsServer, files, options);
  const { port } = server.server.address() as AddressInfo;
  const host = options.host === '0.0.0.0' ? '127.0.0.1' : options.host;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${host}:${port}`,
    close: () => server.close(),
  };
};

const answerFailures = (server: FastifyInstance, logger: Logger): void => {
  server.setNotFoundHandler((request, reply) => {
    const what = `${request.method} ${request.url.split('?')[0]} does not exist.`;
    const problem = problemOf(new MillraceError('operations.unknown', what));
    return reply.status(problem.status).type(problemMediaType).send(JSON.stringify(problem));
  });
  server.setErrorHandler((error: FastifyError | MillraceError, _request, reply) => {
    const problem = problemOf(explain(error));
    if (problem.code === 'operations.internal') logger.error({ err: error }, 'request failed');
    return reply.status(problem.status).type(problemMediaType).send(JSON.stringify(problem));
  });
};

/** Fastify's own refusals in the API's words. */
const explain = (error: FastifyError | MillraceError): MillraceError => {
  if (error instanceof MillraceError) return error;
  const status = error.statusCode ?? 500;
  return status < 500
    ? new MillraceError('operations.request-invalid', error.message)
    : new MillraceError('operations.internal', 'The service failed to answer.');
};
