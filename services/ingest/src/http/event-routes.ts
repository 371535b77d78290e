/** Where events are posted to, and what is refused before a body is read. What a request means is pipeline.ts. */
import type { IncomingHttpHeaders } from 'node:http';
import { MillraceError } from '@millrace/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ByteBudget } from '../byte-budget.ts';
import type { Stream } from '../stream.ts';
import type { StreamCatalog } from '../stream-catalog.ts';
import type { Admission, Admitted } from './admit.ts';
import { type Answer, problemAnswer } from './answer.ts';
import { type BodyHold, holdBody } from './body-hold.ts';
import { codingOf, contentCodings } from './decompress.ts';
import type { RequestWatch } from './listener.ts';
import { problem } from './problem.ts';
import { send } from './send.ts';
import type { TakeRequest } from './take-request.ts';
import { unknownStream } from './unknown-stream.ts';

export interface EventRouteOptions {
  readonly catalog: StreamCatalog;
  readonly admission: Admission;
  readonly takeRequest: TakeRequest;
  readonly budget: ByteBudget;
  readonly bodyBytesMax: number;
}

interface StreamParams {
  readonly domain: string;
  readonly name: string;
}

/** A request for events that was let in, and its place in the queue. */
export interface HeldRequest {
  readonly stream: Stream | undefined;
  readonly hold: BodyHold;
  readonly admitted: Admitted;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Of a request for events, once it was let in. A field, since a map of weak keys costs the garbage collector. */
    held: HeldRequest | undefined;
  }
}

/** `POST /v1/events/<domain>/<name>`, and `POST /v1/events` for CloudEvents that say their streams. */
export const registerEventRoutes = (
  server: FastifyInstance,
  options: EventRouteOptions & { readonly watch: RequestWatch },
): void => {
  const { catalog, admission, watch } = options;
  server.decorateRequest('held', undefined);
  /** Lets it in and holds its body, or answers why not. Without a promise where it can be. */
  const enter = (
    named: StreamParams | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
    done: (error?: Error) => void,
  ): void => {
    const stream = named && catalog.find(named.domain, named.name);
    const begin = (admitted: Admitted | Answer): void => {
      if ('status' in admitted) return void send(reply, admitted);
      if (named !== undefined && stream === undefined)
        return void send(reply, problemAnswer(unknownStream(catalog, named.domain, named.name)));
      const hold = roomFor(options, admitted, request.headers);
      if ('status' in hold) return void send(reply, hold);
      watch.holds(reply.raw, hold);
      request.held = { stream, hold, admitted };
      done();
    };
    const id = stream?.contract.id ?? (named && `${named.domain}.${named.name}`);
    const admitted = admission.admit(request, id, stream);
    if (admitted instanceof Promise) admitted.then(begin).catch(done);
    else begin(admitted);
  };
  /** Returns nothing: Fastify would wait for the end of the response, which takes listeners and promises of its own. */
  const handle = (request: FastifyRequest, reply: FastifyReply): void => {
    const { stream, hold, admitted } = request.held!;
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    options.takeRequest(stream, hold, request, body, reply.raw, admitted).then(
      (answer) => {
        const fields = admission.rateFields(admitted);
        if (fields !== undefined) reply.headers(fields);
        void send(reply, answer);
      },
      (error: Error) => void reply.send(error),
    );
  };

  server.post<{ Params: StreamParams }>('/v1/events/:domain/:name', {
    onRequest: (request, reply, done) => enter(request.params, request, reply, done),
    handler: handle,
  });
  server.post('/v1/events', {
    onRequest: (request, reply, done) => enter(undefined, request, reply, done),
    handler: handle,
  });
};

/** Room for the body, or why it is not to come. */
export const roomFor = (
  { admission, budget, bodyBytesMax }: EventRouteOptions,
  admitted: Admitted,
  headers: IncomingHttpHeaders,
): BodyHold | Answer => {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && codingOf(encoding) === undefined) return encoded(encoding);
  const hold = holdBody(admission.budgetOf(admitted), budget, headers, bodyBytesMax);
  if (hold !== undefined) return hold;
  const { code, message } = queueFull(budget, admitted);
  return problemAnswer(problem(code, message));
};

/** RFC 9110 §12.5.3: the answer says which codings would do. */
const encoded = (encoding: string): Answer => {
  const answer = problemAnswer(
    problem(
      'ingest.content-encoding-unsupported',
      `Content-Encoding ${encoding.slice(0, 60)} is not one of ${contentCodings.join(', ')}.`,
    ),
  );
  const headers = { ...answer.headers, 'accept-encoding': contentCodings.join(', ') };
  return { ...answer, headers };
};

/** Why there is no room: the sender's own events wait, or everybody's do. */
export const queueFull = (budget: ByteBudget, { account }: Admitted): MillraceError =>
  account?.isGreedy()
    ? noRoom('ingest.share-exceeded', `${account.budget.used()} bytes of the sender wait.`)
    : noRoom('ingest.queue-full', `${budget.used()} bytes wait for Kafka.`);

const noRoom = (code: 'ingest.share-exceeded' | 'ingest.queue-full', message: string) =>
  new MillraceError(code, message, { retryable: true });
