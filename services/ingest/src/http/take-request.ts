/**
 * One request for events from its last byte to its answer: expands the body, gives it to the pipeline, counts what
 * became of its events. Which requests are let in is event-routes.ts; the words of answers are answer.ts.
 */
import type { Clock } from '@millrace/pipeline';
import type { FastifyRequest } from 'fastify';
import { readBinary } from '../cloud-events/binary.ts';
import type { MixedIngest } from '../cloud-events/mixed-request.ts';
import type { EventFate, EventRequest, Refusal } from '../event-request.ts';
import type { IngestMetrics } from '../metrics.ts';
import type { IngestPipeline, IngestResult } from '../pipeline.ts';
import type { Stream } from '../stream.ts';
import { type Answer, answerTo } from './answer.ts';
import type { BodyHold } from './body-hold.ts';
import { codingOf, type Decompress } from './decompress.ts';
import { formatOf } from './media-type.ts';

export interface TakeRequestOptions {
  readonly ingest: IngestPipeline;
  /** Takes CloudEvents of several streams. */
  readonly ingestMixed: MixedIngest;
  readonly decompress: Decompress;
  readonly bodyBytesMax: number;
  readonly metrics: IngestMetrics;
  readonly clock: Clock;
}

/** The stream is undefined where each event says its own. */
export type TakeRequest = (
  stream: Stream | undefined,
  hold: BodyHold,
  request: FastifyRequest,
) => Promise<Answer>;

/** Whatever becomes of the request, its bytes are held until nothing of it is on its way. */
export const createTakeRequest = (options: TakeRequestOptions): TakeRequest => {
  const { metrics } = options;
  return async (stream, hold, request) => {
    const startedMs = performance.now();
    let settled: Promise<void> | undefined;
    try {
      const result = await take(options, stream, hold, request);
      if (result.kind === 'taken') {
        settled = result.settled;
        // Of several streams, who takes them apart has counted.
        if (stream !== undefined) countFates(metrics, stream.topic, result.fates);
      }
      metrics.requestSeconds.observe((performance.now() - startedMs) / 1000);
      return answerTo(result);
    } finally {
      // Records that Kafka still owes an answer stay in memory, so they stay in the budget.
      if (settled === undefined) hold.release();
      else void settled.finally(hold.release);
    }
  };
};

const take = async (
  options: TakeRequestOptions,
  stream: Stream | undefined,
  hold: BodyHold,
  request: FastifyRequest,
): Promise<IngestResult> => {
  const sent = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  hold.handled(sent.length);
  options.metrics.receivedBytes.inc({ topic: stream?.topic ?? '' }, sent.length);
  const body = await expanded(options, hold, request, sent);
  if ('code' in body) return { kind: 'refused', refusal: body };
  const { cloudEvent, attributes, problems } = readBinary(request.headers);
  const idempotencyKey = idempotencyKeyOf(request);
  const said = {
    format: formatOf(request.headers['content-type']),
    body,
    grow: hold.grow,
    cloudEvent,
    attributes: idempotencyKey === undefined ? attributes : { ...attributes, idempotencyKey },
    receivedMs: options.clock.nowMs(),
    ...(problems === undefined ? {} : { parsed: broken(problems, attributes) }),
  };
  return stream === undefined ? options.ingestMixed(said) : options.ingest({ stream, ...said });
};

/** By its header, or by the address: a beacon, which a page leaves behind, carries no headers. */
const idempotencyKeyOf = ({ headers, query }: FastifyRequest): string | undefined => {
  const key = headers['idempotency-key'] ?? (query as Record<string, unknown>)['idempotency-key'];
  return typeof key === 'string' && key !== '' ? key : undefined;
};

const expanded = async (
  { decompress, bodyBytesMax, metrics }: TakeRequestOptions,
  { grow }: BodyHold,
  { headers }: FastifyRequest,
  body: Buffer,
): Promise<Buffer | Refusal> => {
  const encoding = headers['content-encoding'];
  if (encoding === undefined) return body;
  const coding = codingOf(encoding);
  // Any other was refused by its header.
  if (coding === undefined || coding === 'identity') return body;
  const outcome = await decompress(body, coding, { bytesMax: bodyBytesMax, grow });
  if ('code' in outcome) return outcome;
  metrics.expandedBytes.inc({ coding }, outcome.body.length);
  return outcome.body;
};

/** A CloudEvent whose attributes are not what they should be: one event, and why it is refused. */
const broken = (
  problems: NonNullable<ReturnType<typeof readBinary>['problems']>,
  attributes: EventRequest['attributes'],
): NonNullable<EventRequest['parsed']> => ({
  values: [undefined],
  attributes: [attributes],
  unreadable: new Map([
    [
      0,
      {
        code: 'ingest.cloud-event-invalid',
        message: problems.length === 1 ? problems[0]!.message : `${problems.length} problems`,
        problems,
      },
    ],
  ]),
});

/** @param topic empty for events whose stream nobody knows */
export const countFates = (
  metrics: IngestMetrics,
  topic: string,
  fates: readonly EventFate[],
): void => {
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
