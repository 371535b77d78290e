/**
 * One request for events from its last byte to its answer: expands the body, gives it to the pipeline, counts what
 * became of its events. Which requests are let in is event-routes.ts; the words of answers are answer.ts.
 */
import type { ServerResponse } from 'node:http';
import type { Clock } from '@millrace/pipeline';
import { readBinary } from '../cloud-events/binary.ts';
import type { MixedIngest } from '../cloud-events/mixed-request.ts';
import type { EventAttributes, EventFate, EventRequest, Refusal } from '../event-request.ts';
import type { IngestMetrics } from '../metrics.ts';
import type { IngestPipeline, IngestResult } from '../pipeline.ts';
import type { Stream } from '../stream.ts';
import type { QueryableWatch } from '../wait/queryable-watch.ts';
import { type WaitRequest, waitRequestOf } from '../wait/wait-request.ts';
import type { Admission, Admitted } from './admit.ts';
import { type Answer, answerTo } from './answer.ts';
import type { BodyHold } from './body-hold.ts';
import { codingOf, type Decompress } from './decompress.ts';
import { formatOf } from './media-type.ts';
import type { SentRequest } from './sent-request.ts';

export interface TakeRequestOptions {
  readonly admission: Admission;
  readonly ingest: IngestPipeline;
  /** Takes CloudEvents of several streams. */
  readonly ingestMixed: MixedIngest;
  readonly decompress: Decompress;
  readonly watch: QueryableWatch;
  /** Whether the topic's records land in a table. */
  readonly lands: (topic: string) => boolean;
  readonly bodyBytesMax: number;
  readonly waitMaxMs: number;
  readonly metrics: IngestMetrics;
  readonly clock: Clock;
}

/** The stream is undefined where each event says its own. */
export type TakeRequest = (
  stream: Stream | undefined,
  hold: BodyHold,
  request: SentRequest,
  body: Buffer,
  response: ServerResponse,
  admitted: Admitted,
) => Promise<Answer>;

/** Whatever becomes of the request, its bytes are held until nothing of it is on its way. */
export const createTakeRequest = (options: TakeRequestOptions): TakeRequest => {
  const { admission, metrics } = options;
  // Not async: a promise and a turn of the queue more for each request are dear.
  return (stream, hold, request, body, response, admitted) => {
    const wait = waitRequestOf(
      request.query as Readonly<Record<string, unknown>>,
      request.headers['prefer'],
      options.waitMaxMs,
    );
    const refusal = refusedWait(options, stream, wait);
    if (refusal !== undefined) {
      hold.release();
      return Promise.resolve(answerTo({ kind: 'refused', refusal }));
    }
    const startedMs = performance.now();
    return take(options, stream, hold, request, body, admitted, wait !== undefined).then(
      (result) => {
        const settled = result.kind === 'taken' ? result.settled : undefined;
        // Records that Kafka still owes an answer stay in memory, so they stay in the budget. What waits is a few bytes.
        if (settled === undefined) hold.release();
        else void settled.finally(() => hold.release());
        // Of several streams, each part was charged and counted by itself.
        if (stream !== undefined) {
          admission.charge(admitted, stream, result.kind === 'taken' ? result.fates.length : 1);
          if (result.kind === 'taken') countFates(metrics, stream.topic, result.fates);
        }
        metrics.requestSeconds.observe((performance.now() - startedMs) / 1000);
        return wait === undefined || 'fault' in wait || result.kind !== 'taken'
          ? answerTo(result)
          : waited(options, wait, result, response);
      },
      (error: unknown) => {
        hold.release();
        throw error;
      },
    );
  };
};

/** A parameter that cannot be obeyed; what a header prefers is passed over then. */
const refusedWait = (
  { lands }: TakeRequestOptions,
  stream: Stream | undefined,
  wait: ReturnType<typeof waitRequestOf>,
): Refusal | undefined => {
  if (wait === undefined) return undefined;
  if ('fault' in wait) return { code: 'ingest.wait-unavailable', message: wait.fault };
  if (stream === undefined || wait.preference !== undefined || lands(stream.topic))
    return undefined;
  return {
    code: 'ingest.wait-unavailable',
    message: `${stream.contract.id} lands in no table, so its events never become queryable.`,
  };
};

const waited = async (
  { watch, lands }: TakeRequestOptions,
  { timeoutMs, preference }: WaitRequest,
  result: Extract<IngestResult, { kind: 'taken' }>,
  response: ServerResponse,
): Promise<Answer> => {
  const { fates, places } = result;
  if (!fates.some(({ status }) => status === 'accepted')) return answerTo(result);
  const canLand = places?.every(({ topic }) => lands(topic)) === true;
  if (!canLand && preference !== undefined) return answerTo(result);
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const queryable = canLand && (await watch.wait(places, timeoutMs, gone.signal));
  const answer = answerTo(result, queryable);
  if (preference === undefined) return answer;
  return { ...answer, headers: { ...answer.headers, 'preference-applied': preference } };
};

/** Not async, as above: it rejects all the same, and never throws. */
const take = (
  options: TakeRequestOptions,
  stream: Stream | undefined,
  hold: BodyHold,
  request: SentRequest,
  sent: Buffer,
  admitted: Admitted,
  asksPlaces: boolean,
): Promise<IngestResult> => {
  try {
    hold.handled(sent.length);
    options.metrics.receivedBytes.add(sent.length, stream?.topic);
    options.admission.chargeBytes(admitted, sent.length);
    return request.headers['content-encoding'] === undefined
      ? ingestBody(options, stream, hold, request, admitted, asksPlaces, sent)
      : ingestExpanded(options, stream, hold, request, admitted, asksPlaces, sent);
  } catch (error) {
    return Promise.reject(error);
  }
};

const ingestExpanded = async (
  options: TakeRequestOptions,
  stream: Stream | undefined,
  hold: BodyHold,
  request: SentRequest,
  admitted: Admitted,
  asksPlaces: boolean,
  sent: Buffer,
): Promise<IngestResult> => {
  const body = await expanded(options, hold, request.headers['content-encoding']!, sent);
  return 'code' in body
    ? { kind: 'refused', refusal: body }
    : ingestBody(options, stream, hold, request, admitted, asksPlaces, body);
};

const ingestBody = (
  options: TakeRequestOptions,
  stream: Stream | undefined,
  hold: BodyHold,
  request: SentRequest,
  admitted: Admitted,
  asksPlaces: boolean,
  body: Buffer,
): Promise<IngestResult> => {
  const { headers } = request;
  const { cloudEvent, attributes, problems } = readBinary(headers);
  // Fields that may be undefined in place of parts that may be missing: those are slow to put together.
  const said = {
    stream,
    format: formatOf(headers['content-type']),
    body,
    room: hold,
    cloudEvent,
    attributes: withHeaders(attributes, idempotencyKeyOf(request), headers['millrace-attempt']),
    asksPlaces,
    receivedMs: options.clock.nowMs(),
    sender: admitted.identity?.sender,
    parsed: problems && broken(problems, attributes),
  };
  return isForOne(said) ? options.ingest(said) : ingestMixed(options, request, admitted, said);
};

/** The stream is in the address; else each event says its own. */
const isForOne = (said: { readonly stream: Stream | undefined }): said is EventRequest =>
  said.stream !== undefined;

const ingestMixed = (
  options: TakeRequestOptions,
  request: SentRequest,
  admitted: Admitted,
  said: Omit<EventRequest, 'stream'>,
): Promise<IngestResult> =>
  options.ingestMixed({
    ...said,
    admitPart: (part, events) => options.admission.admitPart(admitted, request, part, events),
  });

/** By its header, or by the address: a beacon, which a page leaves behind, carries no headers. */
const idempotencyKeyOf = ({ headers, query }: SentRequest): string | undefined => {
  const key = headers['idempotency-key'] ?? (query as Record<string, unknown>)['idempotency-key'];
  return typeof key === 'string' && key !== '' ? key : undefined;
};

/** The attributes with what the door's own headers say. An attempt that is no small number is none. */
const withHeaders = (
  attributes: EventAttributes,
  idempotencyKey: string | undefined,
  attempt: string | string[] | undefined,
): EventAttributes => {
  if (idempotencyKey === undefined && attempt === undefined) return attributes;
  return {
    ...attributes,
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(typeof attempt === 'string' && /^\d{1,4}$/.test(attempt) && { attempt: Number(attempt) }),
  };
};

const expanded = async (
  { decompress, bodyBytesMax, metrics }: TakeRequestOptions,
  hold: BodyHold,
  encoding: string,
  body: Buffer,
): Promise<Buffer | Refusal> => {
  const coding = codingOf(encoding);
  // Any other was refused by its header.
  if (coding === undefined || coding === 'identity') return body;
  const growth = { bytesMax: bodyBytesMax, grow: (bytes: number) => hold.grow(bytes) };
  const outcome = await decompress(body, coding, growth);
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
  if (accepted > 0) metrics.accepted.add(accepted, topic);
  if (duplicates > 0) metrics.duplicates.inc({ topic }, duplicates);
};
