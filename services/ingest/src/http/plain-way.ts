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
import { type BodyLimits, type BodyReceiver, readBody } from './read-body.ts';
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

/** What requests by this way share. */
interface Way {
  readonly options: PlainWayOptions;
  readonly bodyLimits: BodyLimits;
}

/** One object for all of a request's way, since one is made for each. */
class PlainRequest implements SentRequest, BodyReceiver {
  readonly raw: IncomingMessage;
  readonly headers: IncomingHttpHeaders;
  readonly query = noQuery;
  readonly #way: Way;
  readonly #response: ServerResponse;
  readonly #stream: Stream;
  #admitted = nobody;
  #hold: BodyHold | undefined;

  constructor(way: Way, raw: IncomingMessage, response: ServerResponse, stream: Stream) {
    this.raw = raw;
    this.headers = raw.headers;
    this.#way = way;
    this.#response = response;
    this.#stream = stream;
  }

  get ip(): string {
    return this.raw.socket.remoteAddress ?? '';
  }

  begin(): void {
    const { admission } = this.#way.options;
    const admitted = admission.admit(this, this.#stream.contract.id, this.#stream);
    if (admitted instanceof Promise)
      admitted.then(
        (known) => this.#enter(known),
        (error: Error) => this.bodyFailed(error),
      );
    else this.#enter(admitted);
  }

  #enter(admitted: Admitted | Answer): void {
    if ('status' in admitted) return void sendPlain(this.#response, admitted);
    const { options, bodyLimits } = this.#way;
    const hold = roomFor(options, admitted, this.headers);
    if ('status' in hold) return void sendPlain(this.#response, hold);
    this.#admitted = admitted;
    this.#hold = hold;
    options.watch.holds(this.#response, hold);
    readBody(this.raw, bodyLimits, this);
  }

  bodyRead(body: Buffer): void {
    const { takeRequest, watch } = this.#way.options;
    watch.bodyEnded(this.raw);
    takeRequest(this.#stream, this.#hold!, this, body, this.#response, this.#admitted).then(
      (answer) => this.#answer(answer),
      (error: Error) => this.bodyFailed(error),
    );
  }

  #answer(answer: Answer): void {
    const { admission } = this.#way.options;
    sendPlain(this.#response, answer, admission.rateFields(this.#admitted));
  }

  /** Also of a fault of the door itself, of which nothing is said but that. */
  bodyFailed(error: Error): void {
    const known = error instanceof MillraceError ? error : internal;
    if (known === internal) this.#way.options.logger.error({ err: error }, 'request failed');
    sendPlain(this.#response, problemAnswer(problem(known.code, known.message)));
  }
}

const internal = new MillraceError('ingest.internal', 'The request could not be handled.');
const noQuery = {};
const nobody: Admitted = {};
/** Announced, its room is held before it comes. */
const hasRoom = (): undefined => undefined;

export const createPlainWay = (options: PlainWayOptions): PlainWay => {
  const { watch, bodyBytesMax, trustedProxies, corsOrigins } = options;
  const streamAt = createStreamPaths(options.catalog);
  const way = { options, bodyLimits: { bytesMax: bodyBytesMax, admit: hasRoom } };
  let isClosed = false;

  const isPlain = (headers: IncomingHttpHeaders): boolean =>
    isPlainText(headers['content-type']) &&
    Number(headers['content-length']) <= bodyBytesMax &&
    headers['prefer'] === undefined &&
    (corsOrigins.length === 0 || headers.origin === undefined) &&
    (trustedProxies.length === 0 || headers['x-forwarded-for'] === undefined);

  return {
    take: (raw, response) => {
      if (isClosed || raw.method !== 'POST') return false;
      const stream = streamAt(raw.url!);
      if (stream === undefined || !isPlain(raw.headers)) return false;
      const refusal = watch.begin(raw, response);
      if (refusal === undefined) new PlainRequest(way, raw, response, stream).begin();
      else sendPlain(response, refusal);
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
