/**
 * The server under fastify: plain or TLS, with its bounds on time, size and connections. What requests mean is
 * event-routes.ts.
 */
import {
  createServer,
  IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import type { ErrorCode } from '@millrace/contracts';
import type { Clock } from '@millrace/pipeline';
import type { IngestMetrics } from '../metrics.ts';
import { type Answer, problemAnswer } from './answer.ts';
import type { BodyHold } from './body-hold.ts';
import {
  beginRequest,
  type ConnectionLimits,
  endRequest,
  guardConnections,
} from './connection-guard.ts';
import { problem } from './problem.ts';
import { createRest } from './rest-connections.ts';
import { createSlowBodies } from './slow-bodies.ts';

export interface ListenerLimits extends ConnectionLimits {
  readonly headerBytesMax: number;
  readonly headerTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveMs: number;
  /** 0: none. */
  readonly connectionRequests: number;
  /** Bytes a second; 0: any. */
  readonly bodyRateMin: number;
}

/** A request that was read to its end closes at once, without a turn of the queue in which node would look for who hears of an error. */
class DoorRequest extends IncomingMessage {
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (error === null && this.complete && this.readableEnded) done();
    else super._destroy(error, done);
  }
}

/** How often timeouts are looked for: none is late by more. */
const lookMs = 1000;

/** @param tls undefined: plain HTTP */
export const createListener = (
  handler: RequestListener,
  limits: ListenerLimits,
  tls: TlsOptions | undefined,
  metrics: IngestMetrics,
): Server => {
  const options = {
    IncomingMessage: DoorRequest,
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: limits.headerTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: lookMs,
  };
  const server =
    tls === undefined
      ? createServer(options, handler)
      : createTlsServer({ ...options, ...tls, handshakeTimeout: limits.headerTimeoutMs }, handler);
  if (limits.connectionRequests > 0) server.maxRequestsPerSocket = limits.connectionRequests;
  guardConnections(
    server,
    limits,
    (reason) => metrics.refusedConnections.inc({ reason }),
    (change) => metrics.openConnections.inc(change),
  );
  return server;
};

export interface RequestWatch {
  /** Counts a request in, whose answer is counted when it is over; the answer to give where too many of its connection are open. */
  begin(request: IncomingMessage, response: ServerResponse): Answer | undefined;
  /** When the request is over, its hold is told that the client has left. */
  holds(response: ServerResponse, hold: Pick<BodyHold, 'left'>): void;
  /** The body of a request is there. */
  bodyEnded(request: IncomingMessage): void;
  close(): void;
}

/** A field, since a second listener of each response is dearer. */
const held = Symbol('what the request holds');

interface WatchedResponse extends ServerResponse {
  [held]?: Pick<BodyHold, 'left'>;
}

/** Counts requests, also those of each connection, ends those whose bodies come too slowly, and reads those that it has no room for later. */
export const watchRequests = (
  limits: ListenerLimits,
  metrics: IngestMetrics,
  clock: Clock,
): RequestWatch => {
  const bodies = createSlowBodies(limits.bodyRateMin);
  const rest = createRest(clock);
  /** Called on a response of which nothing is under way any more: it was sent, or its client has left. */
  function ended(this: WatchedResponse): void {
    endRequest(this.req.socket);
    this[held]?.left();
    if (this.writableFinished) metrics.requests.add(1, String(this.statusCode));
    if (this.statusCode === 503 && !this.req.complete) rest(this.req.socket);
  }
  const look = setInterval(() => {
    for (const request of bodies.sweep(performance.now())) endSlow(request);
  }, lookMs);
  return {
    begin: (request, response) => {
      bodies.begin(request);
      // In place of fastify's onResponse, which takes two listeners and their removal.
      response.on('close', ended);
      return beginRequest(request.socket) ? undefined : tooManyAtOnce();
    },
    holds: (response: WatchedResponse, hold) => {
      response[held] = hold;
    },
    bodyEnded: bodies.end,
    close: () => clearInterval(look),
  };
};

const tooManyAtOnce = (): Answer =>
  problemAnswer(
    problem('ingest.pipelining-exceeded', 'More than 32 requests at once on one connection.'),
    { connection: 'close', 'retry-after': '1' },
  );

const endSlow = (request: IncomingMessage): void =>
  answerSocket(request.socket, 'ingest.request-too-slow', 'The body came too slowly.');

/** What Node found wrong before there was a request: answered on the bare connection, which then ends. */
export const answerClientError = (
  error: Error & { readonly code?: string },
  socket: Socket,
): void => {
  if (error.code === 'ECONNRESET') socket.destroy();
  else if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT')
    answerSocket(socket, 'ingest.request-too-slow', 'The request did not come in time.');
  else if (error.code === 'HPE_HEADER_OVERFLOW')
    answerSocket(socket, 'ingest.header-too-large', 'The header is too large.');
  else answerSocket(socket, 'ingest.request-invalid', 'This is not HTTP.');
};

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

const answerSocket = (socket: Socket, code: ErrorCode, detail: string): void => {
  const { status, mediaType, body } = problemAnswer(problem(code, detail));
  const text = JSON.stringify(body);
  if (socket.writable)
    socket.write(
      `HTTP/1.1 ${status} ${reasons[status]}\r\nContent-Type: ${mediaType}\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
    );
  // Its last bytes go out; whatever still comes in is not read.
  socket.destroySoon();
};
