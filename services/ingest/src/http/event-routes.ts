/** Where events are posted to, and what is refused before a body is read. What a request means is pipeline.ts. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ByteBudget } from '../byte-budget.ts';
import type { Stream } from '../stream.ts';
import type { StreamCatalog } from '../stream-catalog.ts';
import { type Answer, problemAnswer } from './answer.ts';
import { type BodyHold, holdBody } from './body-hold.ts';
import { codingOf, contentCodings } from './decompress.ts';
import { problem } from './problem.ts';
import { send } from './send.ts';
import type { TakeRequest } from './take-request.ts';
import { unknownStream } from './unknown-stream.ts';

export interface EventRouteOptions {
  readonly catalog: StreamCatalog;
  readonly takeRequest: TakeRequest;
  readonly budget: ByteBudget;
  readonly bodyBytesMax: number;
}

interface Held {
  readonly stream: Stream | undefined;
  readonly hold: BodyHold;
}

/** `POST /v1/events/<domain>/<name>`, and `POST /v1/events` for CloudEvents that say their streams. */
export const registerEventRoutes = (server: FastifyInstance, options: EventRouteOptions): void => {
  const { catalog, budget, bodyBytesMax } = options;
  const held = new WeakMap<FastifyRequest, Held>();
  /** Holds the body, or answers why it is not to come. */
  const admit = (
    stream: Stream | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
    done: () => void,
  ): void => {
    const encoding = request.headers['content-encoding'];
    if (encoding !== undefined && codingOf(encoding) === undefined)
      return void send(reply, encoded(encoding));
    const hold = holdBody(budget, request, reply, bodyBytesMax);
    if (hold === undefined) return void send(reply, queueFull(budget));
    held.set(request, { stream, hold });
    done();
  };
  const handle = async (request: FastifyRequest, reply: FastifyReply) => {
    const { stream, hold } = held.get(request)!;
    return send(reply, await options.takeRequest(stream, hold, request, reply));
  };

  server.post<{ Params: { domain: string; name: string } }>('/v1/events/:domain/:name', {
    onRequest: (request, reply, done) => {
      const { domain, name } = request.params;
      const stream = catalog.find(domain, name);
      if (stream === undefined)
        return void send(reply, problemAnswer(unknownStream(catalog, domain, name)));
      admit(stream, request, reply, done);
    },
    handler: handle,
  });
  server.post('/v1/events', {
    onRequest: (request, reply, done) => admit(undefined, request, reply, done),
    handler: handle,
  });
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

const queueFull = (budget: ByteBudget): Answer =>
  problemAnswer(problem('ingest.queue-full', `${budget.used()} bytes wait for Kafka.`));
