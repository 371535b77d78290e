/** The two routes of the door. What a request means is pipeline.ts; the words of refusals are problem.ts. */
import type { Clock } from '@millrace/pipeline';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ByteBudget } from '../byte-budget.ts';
import type { EventAttributes, EventFate } from '../event-request.ts';
import type { IngestMetrics } from '../metrics.ts';
import type { IngestPipeline } from '../pipeline.ts';
import type { Stream } from '../stream.ts';
import type { StreamCatalog } from '../stream-catalog.ts';
import { type Answer, answerTo, problemAnswer } from './answer.ts';
import { type BodyHold, holdBody } from './body-hold.ts';
import { formatOf } from './media-type.ts';
import { problem } from './problem.ts';

export interface EventRouteOptions {
  readonly catalog: StreamCatalog;
  readonly ingest: IngestPipeline;
  readonly budget: ByteBudget;
  readonly bodyBytesMax: number;
  readonly metrics: IngestMetrics;
  readonly clock: Clock;
}

interface StreamParams {
  readonly domain: string;
  readonly name: string;
}

/**
 * `POST /v1/events/<domain>/<name>` and `GET /v1/streams`. What can be refused by its headers is, before the
 * body is read.
 */
export const registerEventRoutes = (server: FastifyInstance, options: EventRouteOptions): void => {
  const { catalog, budget, bodyBytesMax } = options;
  const held = new WeakMap<FastifyRequest, { readonly stream: Stream; readonly hold: BodyHold }>();

  server.get('/v1/streams', async () => ({ streams: catalog.streams.map(describe) }));

  server.post<{ Params: StreamParams }>(
    '/v1/events/:domain/:name',
    {
      onRequest: (request, reply, done) => {
        const stream = catalog.find(request.params.domain, request.params.name);
        if (stream === undefined) return void send(reply, unknownStream(catalog, request.params));
        const encoding = request.headers['content-encoding'] ?? 'identity';
        if (encoding !== 'identity') return void send(reply, encoded(encoding));
        const hold = holdBody(budget, request, reply, bodyBytesMax);
        if (hold === undefined) return void send(reply, queueFull(budget));
        held.set(request, { stream, hold });
        done();
      },
    },
    async (request, reply) => {
      const { stream, hold } = held.get(request)!;
      return send(reply, await answer(options, stream, hold, request));
    },
  );
};

/** Answers and resolves to the reply, which is what fastify's handlers return. */
export const send = (reply: FastifyReply, { status, mediaType, headers, body }: Answer) =>
  reply.code(status).headers(headers).type(mediaType).send(JSON.stringify(body));

const answer = async (
  { ingest, metrics, clock }: EventRouteOptions,
  stream: Stream,
  hold: BodyHold,
  request: FastifyRequest,
): Promise<Answer> => {
  const startedMs = performance.now();
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  hold.handled(body.length);
  metrics.receivedBytes.inc({ topic: stream.topic }, body.length);
  let settled: Promise<void> | undefined;
  try {
    const result = await ingest({
      stream,
      format: formatOf(request.headers['content-type']),
      body,
      attributes: attributesOf(request),
      receivedMs: clock.nowMs(),
    });
    if (result.kind === 'taken') {
      settled = result.settled;
      countFates(metrics, stream.topic, result.fates);
    }
    metrics.requestSeconds.observe((performance.now() - startedMs) / 1000);
    return answerTo(result);
  } finally {
    // Records that Kafka still owes an answer stay in memory, so they stay in the budget.
    if (settled === undefined) hold.release();
    else void settled.finally(hold.release);
  }
};

const attributesOf = ({ headers }: FastifyRequest): EventAttributes => ({
  ...attribute('id', headers['ce-id']),
  ...attribute('source', headers['ce-source']),
  ...attribute('type', headers['ce-type']),
  ...attribute('time', headers['ce-time']),
  ...attribute('idempotencyKey', headers['idempotency-key']),
});

const attribute = (name: keyof EventAttributes, value: string | string[] | undefined) =>
  typeof value === 'string' && value !== '' ? { [name]: value } : {};

const countFates = (metrics: IngestMetrics, topic: string, fates: readonly EventFate[]): void => {
  let accepted = 0;
  let duplicates = 0;
  for (const fate of fates) {
    if (fate.status === 'rejected') metrics.rejected.inc({ topic, code: fate.code });
    else if (fate.duplicate) duplicates += 1;
    else accepted += 1;
  }
  if (accepted > 0) metrics.accepted.inc({ topic }, accepted);
  if (duplicates > 0) metrics.duplicates.inc({ topic }, duplicates);
};

const describe = ({ contract }: Stream) => ({
  id: contract.id,
  version: contract.version,
  description: contract.description,
  path: `/v1/events/${contract.domain}/${contract.name}`,
  ...(contract.identity === undefined ? {} : { identity: contract.identity }),
  schema: JSON.parse(contract.schemaText) as unknown,
});

const unknownStream = (catalog: StreamCatalog, { domain, name }: StreamParams): Answer => {
  if (catalog.isOpening(domain, name))
    return problemAnswer(
      problem('ingest.kafka-unavailable', 'The stream opens when Kafka and the registry answer.'),
    );
  const nearest = catalog.nearest(domain, name);
  const hint =
    nearest === undefined
      ? `Streams: ${catalog.streams.map(({ contract }) => contract.id).join(', ') || 'none'}.`
      : `Did you mean ${nearest}?`;
  return problemAnswer(
    problem('ingest.stream-unknown', `There is no stream ${domain}.${name}. ${hint}`),
  );
};

const encoded = (encoding: string): Answer =>
  problemAnswer(
    problem('ingest.content-encoding-unsupported', `Content-Encoding ${encoding} is not taken.`),
  );

const queueFull = (budget: ByteBudget): Answer =>
  problemAnswer(problem('ingest.queue-full', `${budget.used()} bytes wait for Kafka.`));
