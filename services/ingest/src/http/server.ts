/** The event port: fastify with raw bodies, drained and closed in order. It knows no stream and no Kafka. */
import type { IncomingMessage } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type ErrorCode, MillraceError } from '@millrace/contracts';
import type { Clock, Logger } from '@millrace/pipeline';
import { followTls, readTls, type TlsFiles } from '@millrace/runtime';
import Fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import type { IngestMetrics } from '../metrics.ts';
import { problemAnswer } from './answer.ts';
import { allowCrossOrigin, type CrossOriginOptions } from './cross-origin.ts';
import { registerDocsRoutes } from './docs-routes.ts';
import { type EventRouteOptions, queueFull, registerEventRoutes } from './event-routes.ts';
import {
  answerClientError,
  createListener,
  type ListenerLimits,
  type RequestWatch,
  watchRequests,
} from './listener.ts';
import { isUtf8ContentType, mediaTypes } from './media-type.ts';
import { createPlainWay } from './plain-way.ts';
import { problem } from './problem.ts';
import { readBody } from './read-body.ts';
import { send } from './send.ts';
import { registerSourceRoutes, type SourceRouteOptions } from './source-routes.ts';
import { registerStreamRoutes } from './stream-routes.ts';

export interface EventServer {
  readonly url: string;
  /** From now on every answer closes its connection, so that clients move to another door. */
  drain(): void;
  /** Stops listening; resolves when every request has been answered. */
  close(): Promise<void>;
}

export interface EventServerOptions
  extends EventRouteOptions,
    CrossOriginOptions,
    SourceRouteOptions,
    ListenerLimits,
    TlsFiles {
  readonly host: string;
  readonly port: number;
  readonly metrics: IngestMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends the watch of the certificate. */
  readonly signal: AbortSignal;
}

/** The event port: fastify, bodies as raw bytes, every failure as problem details. */
export const startEventServer = async (options: EventServerOptions): Promise<EventServer> => {
  const tls = await readTls(options, 'MILLRACE_INGEST');
  const watch = watchRequests(options, options.metrics, options.clock);
  const plainWay = createPlainWay({ ...options, watch });
  const server = Fastify({
    logger: false,
    // Nobody reads it.
    genReqId: () => '',
    serverFactory: (handler) =>
      createListener(
        (request, response) => {
          if (!plainWay.take(request, response)) handler(request, response);
        },
        ...[options, tls, options.metrics],
      ),
    clientErrorHandler: answerClientError,
    ...(options.trustedProxies.length > 0 && { trustProxy: [...options.trustedProxies] }),
    forceCloseConnections: 'idle',
    return503OnClosing: false,
  });
  let draining = false;
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (draining) void reply.header('connection', 'close');
    done(null, payload);
  });
  followRequests(server, watch);
  takeRawBodies(server, options, watch.bodyEnded);
  answerFailures(server, options);
  await allowCrossOrigin(server, options);
  registerDocsRoutes(server, options.catalog, options.admission);
  registerStreamRoutes(server, options.catalog, options.admission);
  registerEventRoutes(server, { ...options, watch });
  registerSourceRoutes(server, options);
  await server.listen({ host: options.host, port: options.port });
  if (tls !== undefined) followTls(server.server as TlsServer, options, options);
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${options.host === '0.0.0.0' ? '127.0.0.1' : options.host}:${port}`,
    drain: () => {
      draining = true;
      plainWay.close();
    },
    close: () => {
      plainWay.close();
      return server.close();
    },
  };
};

const followRequests = (server: FastifyInstance, watch: RequestWatch): void => {
  server.addHook('onRequest', (request, reply, done) => {
    const refusal = watch.begin(request.raw, reply.raw);
    if (refusal === undefined) done();
    else void send(reply, refusal);
  });
  server.addHook('onClose', async () => watch.close());
};

const takeRawBodies = (
  server: FastifyInstance,
  { bodyBytesMax, budget }: EventServerOptions,
  ended: (request: IncomingMessage) => void,
): void => {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser([...mediaTypes], (request, payload, done) => {
    const contentType = request.headers['content-type'] ?? '';
    if (!isUtf8ContentType(contentType)) {
      const message = `${contentType} is not UTF-8.`;
      return done(new MillraceError('ingest.media-type-unsupported', message));
    }
    const { held } = request;
    const admit = (bytes: number) =>
      held === undefined || held.hold.came(bytes) ? undefined : queueFull(budget, held.admitted);
    const limits = { bytesMax: bodyBytesMax, admit };
    readBody(payload, limits, {
      bodyRead: (body) => {
        ended(payload);
        done(null, body);
      },
      bodyFailed: done,
    });
  });
};

const answerFailures = (server: FastifyInstance, { logger }: EventServerOptions) => {
  server.setNotFoundHandler((request, reply) => {
    const what = `${request.method} ${request.url.split('?')[0]} does not exist.`;
    return send(reply, problemAnswer(problem('ingest.route-unknown', what)));
  });
  server.setErrorHandler((error: FastifyError | MillraceError, request, reply) => {
    const [code, detail] = explain(error, request.headers['content-type']);
    // Fastify would close the connection under a body that is still being sent, and the client would meet a
    // broken pipe in place of the answer. The rest is read and thrown away; the request timeout bounds it.
    reply.removeHeader('connection');
    request.raw.resume();
    if (code === 'ingest.internal') logger.error({ err: error }, 'request failed');
    return send(reply, problemAnswer(problem(code, detail)));
  });
};

/** Fastify's error codes in the door's own words. */
const explain = (
  error: FastifyError | MillraceError,
  contentType: string | undefined,
): readonly [ErrorCode, string] => {
  if (error instanceof MillraceError) return [error.code, error.message];
  switch (error.code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return [
        'ingest.media-type-unsupported',
        contentType === undefined
          ? 'The request has no Content-Type.'
          : `${contentType} is not one of ${mediaTypes.join(', ')}.`,
      ];
    default:
      return (error.statusCode ?? 500) < 500
        ? ['ingest.request-invalid', error.message]
        : ['ingest.internal', 'The request could not be handled.'];
  }
};
