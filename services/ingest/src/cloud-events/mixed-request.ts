/**
 * CloudEvents of several streams in one request: each goes to the stream that its `type` names, the events of one
 * stream as a request of their own, and the fates come back in the order in which the events were sent.
 */
import type { Outcome } from '@millrace/pipeline';
import type { AvroLimits } from '../body/avro-body.ts';
import type { EventFate, EventRequest, Refusal } from '../event-request.ts';
import type { IngestPipeline, IngestResult } from '../pipeline.ts';
import type { Stream } from '../stream.ts';
import type { StreamCatalog } from '../stream-catalog.ts';
import type { Place } from '../wait/queryable-watch.ts';
import { readEventData } from './event-data.ts';
import { type CloudEvent, readCloudEvents } from './structured.ts';

/** A request whose events say their streams. */
export type MixedRequest = Omit<EventRequest, 'stream'> & {
  /** Whether a stream takes so many events of this sender now; absent: it does. */
  readonly admitPart?: (stream: Stream, events: number) => Refusal | undefined;
};
export type MixedIngest = (request: MixedRequest) => Promise<IngestResult>;

export interface MixedIngestOptions extends AvroLimits {
  readonly catalog: StreamCatalog;
  readonly ingest: IngestPipeline;
  /** Told of each stream's part, with an empty topic for events whose stream is unknown. */
  readonly count: (topic: string, fates: readonly EventFate[]) => void;
}

export const createMixedIngest = (options: MixedIngestOptions): MixedIngest => {
  const { catalog, count } = options;
  return async (request) => {
    if (request.cloudEvent) return takeBinary(options, request);
    const { format } = request;
    if (format !== 'cloud-event' && format !== 'cloud-events') return refused(notCloudEvents);
    const read = readCloudEvents(request.body, format, options.eventsMax);
    if (read.kind !== 'ok') return refusedBy(read);
    const fates = new Array<EventFate>(read.value.length);
    const settled: Promise<void>[] = [];
    const places: (readonly Place[] | undefined)[] = [];
    const takePart = async (stream: Stream, part: Part): Promise<void> => {
      const result = await ingestPart(options, request, stream, part);
      const partFates =
        result.kind === 'taken' ? result.fates : part.events.map(() => rejectedBy(result.refusal));
      if (result.kind === 'taken') {
        if (result.settled !== undefined) settled.push(result.settled);
        places.push(result.places);
      }
      part.indexes.forEach((index, at) => {
        fates[index] = partFates[at]!;
      });
      count(stream.topic, partFates);
    };
    const { parts, lost } = divide(catalog, read.value);
    for (const [index, fate] of lost) fates[index] = fate;
    if (lost.size > 0) count('', [...lost.values()]);
    await Promise.all([...parts].map(([stream, part]) => takePart(stream, part)));
    return {
      kind: 'taken',
      fates,
      ids: read.value.map(idOf),
      places: places.every((part) => part !== undefined) ? places.flat() : undefined,
      settled: Promise.all(settled).then(() => undefined),
    };
  };
};

const ingestPart = async (
  options: MixedIngestOptions,
  request: MixedRequest,
  stream: Stream,
  part: Part,
): Promise<IngestResult> => {
  const refusal = request.admitPart?.(stream, part.events.length);
  if (refusal !== undefined) return refused(refusal);
  const own = { ...request, stream };
  const events = await readEventData(part.events, own, options);
  return options.ingest({ ...own, parsed: { ...events, positions: part.indexes } });
};

interface Part {
  readonly events: CloudEvent[];
  readonly indexes: number[];
}

const divide = (catalog: StreamCatalog, events: readonly CloudEvent[]) => {
  const parts = new Map<Stream, Part>();
  const lost = new Map<number, EventFate>();
  for (const [index, event] of events.entries()) {
    const found =
      'problems' in event ? brokenFate(event) : streamOf(catalog, event.attributes.type);
    if ('status' in found) lost.set(index, found);
    else {
      const part = parts.get(found) ?? { events: [], indexes: [] };
      parts.set(found, part);
      part.events.push(event);
      part.indexes.push(index);
    }
  }
  return { parts, lost };
};

const takeBinary = async (
  { catalog, ingest, count }: MixedIngestOptions,
  request: MixedRequest,
): Promise<IngestResult> => {
  const fault = request.parsed?.unreadable.get(0);
  const found: Stream | EventFate =
    fault === undefined
      ? streamOf(catalog, request.attributes.type)
      : { status: 'rejected', ...fault };
  if ('status' in found) {
    count('', [found]);
    const ids = [request.attributes.id];
    return { kind: 'taken', fates: [found], ids };
  }
  const refusal = request.admitPart?.(found, 1);
  if (refusal !== undefined) return refused(refusal);
  const result = await ingest({ ...request, stream: found });
  if (result.kind === 'taken') count(found.topic, result.fates);
  return result;
};

const streamOf = (catalog: StreamCatalog, type = ''): Stream | EventFate => {
  const [domain = '', ...rest] = type.split('.');
  const name = rest.join('.');
  const found = catalog.find(domain, name);
  if (found !== undefined) return found;
  if (catalog.isOpening(domain, name))
    return {
      status: 'rejected',
      code: 'ingest.kafka-unavailable',
      message: 'The stream opens when Kafka and the registry answer.',
    };
  const nearest = catalog.nearest(domain, name);
  const hint = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
  const message = `/type: there is no stream ${JSON.stringify(type.slice(0, 100))}.${hint}`;
  return { status: 'rejected', code: 'ingest.stream-unknown', message };
};

const brokenFate = ({ problems }: Extract<CloudEvent, { problems: unknown }>): EventFate => ({
  status: 'rejected',
  code: 'ingest.cloud-event-invalid',
  message: problems.length === 1 ? problems[0]!.message : `${problems.length} problems`,
  problems,
});

const idOf = (event: CloudEvent): string | undefined =>
  'problems' in event ? event.id : event.attributes.id;

const notCloudEvents: Refusal = {
  code: 'ingest.media-type-unsupported',
  message:
    'Without a stream in its path, a request holds CloudEvents: application/cloudevents+json, application/cloudevents-batch+json, or ce-* headers.',
};

const refused = (refusal: Refusal): IngestResult => ({ kind: 'refused', refusal });

const refusedBy = (outcome: Exclude<Outcome<unknown>, { kind: 'ok' }>): IngestResult => {
  const { code, reason } = outcome as { code: Refusal['code']; reason: string };
  return refused({ code, message: reason });
};

const rejectedBy = ({ code, message }: Refusal): EventFate => ({
  status: 'rejected',
  code,
  message,
});
