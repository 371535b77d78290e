/**
 * The short way of plain requests: a post of JSON or NDJSON to a known stream, of a known length, without a query. It goes
 * to the same admission, budget and pipeline, and its answer is the same; what it goes past is fastify's routing, its
 * request and reply, hooks and parsers, which are a quarter of what a request with one event costs. Whatever is not plain is
 * fastify's (event-routes.ts), which takes plain ones as well as this does. Why: docs/decisions/0026.
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { MillraceError } from '@millrace/contracts';
import type { Logger } from '@millrace/pipeline';
import type { Stream } from '../stream.ts';
import type { Admitted } from './admit.ts';
import { type Answer, problemAnswer } from './answer.ts';
import type { BodyHold } from './body-hold.ts';
import type { CrossOriginOptions } from './cross-origin.ts';
import { type EventRouteOptions, roomFor } from './event-routes.ts';
import type { RequestWatch } from './listener.ts';
import { isPlainText } from './media-type.ts';
import { problem } from './problem.ts';
import { readBody } from './read-body.ts';
import { sendPlain } from './send.ts';
import type { SentRequest } from './sent-request.ts';

export interface PlainWayOptions
  extends EventRouteOptions,
    Pick<CrossOriginOptions, 'corsOrigins'> {
  readonly trustedProxies: readonly string[];
  readonly watch: RequestWatch;
  readonly logger: Logger;
}

export interface PlainWay {
  /** False: the request is not plain, and nothing of it was touched. */
  take(request: IncomingMessage, response: ServerResponse): boolean;
  /** From now on nothing is plain. */
  close(): void;
}

/** A class, since one is made for each request. */
class PlainRequest implements SentRequest {
  readonly raw: IncomingMessage;
  readonly headers: IncomingHttpHeaders;
  readonly query = noQuery;
  readonly stream: Stream;

  constructor(raw: IncomingMessage, stream: Stream) {
    this.raw = raw;
    this.headers = raw.headers;
    this.stream = stream;
  }

  get ip(): string {
    return this.raw.socket.remoteAddress ?? '';
  }
}

/** What is said of a bug: nothing but that. */
const internal = new MillraceError('ingest.internal', 'The request could not be handled.');
const noQuery = {};
/** Announced, its room is held before it comes. */
const hasRoom = (): undefined => undefined;

export const createPlainWay = (options: PlainWayOptions): PlainWay => {
  const { admission, takeRequest, watch, logger, bodyBytesMax, trustedProxies, corsOrigins } =
    options;
  const streamAt = createStreamPaths(options.catalog);
  const bodyLimits = { bytesMax: bodyBytesMax, admit: hasRoom };
  let isClosed = false;

  const isPlain = (headers: IncomingHttpHeaders): boolean =>
    isPlainText(headers['content-type']) &&
    Number(headers['content-length']) <= bodyBytesMax &&
    headers['prefer'] === undefined &&
    (corsOrigins.length === 0 || headers.origin === undefined) &&
    (trustedProxies.length === 0 || headers['x-forwarded-for'] === undefined);

  const begin = (
    request: PlainRequest,
    response: ServerResponse,
    admitted: Admitted | Answer,
  ): void => {
    if ('status' in admitted) return void sendPlain(response, admitted);
    const hold = roomFor(options, admitted, request.headers);
    if ('status' in hold) return void sendPlain(response, hold);
    response.on('close', hold.left);
    readBody(request.raw, bodyLimits, (error, body) => {
      if (error === null) {
        watch.bodyEnded(request.raw);
        handle(request, response, admitted, hold, body!);
      } else fail(response, error);
    });
  };
  const handle = (
    request: PlainRequest,
    response: ServerResponse,
    admitted: Admitted,
    hold: BodyHold,
    body: Buffer,
  ): void => {
    takeRequest(request.stream, hold, request, body, response, admitted).then(
      (answer) => sendPlain(response, answer, admission.rateFields(admitted)),
      (error: Error) => fail(response, error),
    );
  };
  const fail = (response: ServerResponse, error: Error): void => {
    const known = error instanceof MillraceError ? error : internal;
    if (known === internal) logger.error({ err: error }, 'request failed');
    sendPlain(response, problemAnswer(problem(known.code, known.message)));
  };

  return {
    take: (raw, response) => {
      if (isClosed || raw.method !== 'POST') return false;
      const stream = streamAt(raw.url!);
      if (stream === undefined || !isPlain(raw.headers)) return false;
      const refusal = watch.begin(raw, response);
      if (refusal !== undefined) {
        sendPlain(response, refusal);
        return true;
      }
      const request = new PlainRequest(raw, stream);
      const admitted = admission.admit(request, stream.contract.id, stream);
      if (admitted instanceof Promise)
        admitted.then(
          (known) => begin(request, response, known),
          (error: Error) => fail(response, error),
        );
      else begin(request, response, admitted);
      return true;
    },
    close: () => {
      isClosed = true;
    },
  };
};

const streamPath = /^\/v1\/events\/([\w-]+)\/([\w.-]+)$/;

/** The stream that an address is the path of; undefined where it is none, or has a query, or is written in another way. */
const createStreamPaths = ({ find }: EventRouteOptions['catalog']) => {
  const byPath = new Map<string, Stream>();
  return (url: string): Stream | undefined => {
    const known = byPath.get(url);
    if (known !== undefined) return known;
    const [, domain, name] = streamPath.exec(url) ?? [];
    const found = domain === undefined ? undefined : find(domain, name!);
    // Streams alone, so that what is not there takes no memory.
    if (found !== undefined) byPath.set(url, found);
    return found;
  };
};
