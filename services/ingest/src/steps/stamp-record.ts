/** Step: the event as a Kafka record with its CloudEvents headers. It is not sent here. */
import { cloudEventHeaders, millraceHeaders } from '@millrace/contracts';
import { type OutgoingRecord, type SharedHeaders, shareHeaders } from '@millrace/kafka';
import { deadLetter, ok, type SyncStep } from '@millrace/pipeline';
import type { EventAttributes, EventRequest } from '../event-request.ts';
import type { Stream } from '../stream.ts';
import { ownSource } from '../window/claim-of.ts';
import type { RoutedEvent } from './route-event.ts';

export interface StampedEvent extends RoutedEvent {
  record: OutgoingRecord;
}

/**
 * Makes the Kafka record: key, datum, CloudEvents headers (Kafka protocol binding, binary mode), the time of
 * receipt as timestamp. A record that its topic would refuse is refused here, alone.
 */
export const createStampRecordStep = (): SyncStep<RoutedEvent, StampedEvent> =>
  function stampRecord(event) {
    const { delivery, index, id, key, datum } = event;
    const { stream, receivedMs } = delivery.request;
    const own = delivery.body.attributes?.[index];
    const bytes =
      datum.length +
      (key?.length ?? 0) +
      3 * id.length +
      headerBytes +
      extensionBytes(own ?? delivery.request.attributes);
    if (bytes > stream.eventBytesMax)
      return deadLetter(
        'ingest.event-too-large',
        `Encoded, the event has about ${bytes} bytes; ${stream.eventBytesMax} are allowed.`,
      );
    const headers: Record<string, string> = {};
    // A computed name in the literal would be defined by the engine's slow way.
    headers[cloudEventHeaders.id] = id;
    if (event.idFrom === 'sender' && stream.contract.identity !== undefined)
      headers[millraceHeaders.idFrom] = event.idFrom;
    const stamped = event as StampedEvent;
    stamped.record = {
      key,
      value: datum,
      headers,
      sharedHeaders: own === undefined ? delivery.headers : withOwn(delivery.headers, own),
      timestampMs: receivedMs,
    };
    return ok(stamped);
  };

/** What the headers other than the id and extensions take, at most. */
const headerBytes = 512;

/** What CloudEvents' extensions take; also of what else was said at length. */
const extensionBytes = ({ source = '', type = '', extensions }: EventAttributes): number => {
  if (extensions === undefined) return 3 * (source.length + type.length);
  let bytes = 3 * (source.length + type.length);
  for (const name in extensions) bytes += name.length + 3 * extensions[name]!.length;
  return bytes;
};

/** What an event says of itself goes before what its request says. */
const withOwn = (
  shared: SharedHeaders,
  { source, type, time, extensions }: EventAttributes,
): SharedHeaders =>
  shareHeaders({
    ...shared.headers,
    ...(source === undefined ? {} : { [cloudEventHeaders.source]: source }),
    ...(type === undefined ? {} : { [cloudEventHeaders.type]: type }),
    ...(time === undefined ? {} : { [cloudEventHeaders.time]: time }),
    ...extensions,
  });

/** As `sharedHeaders`: requests that say nothing of their events and came in the same millisecond share theirs. */
export const createSharedHeaders = (): typeof sharedHeaders => {
  const plain = new Map<Stream, { readonly receivedMs: number; readonly headers: SharedHeaders }>();
  return (request) => {
    const { stream, attributes, receivedMs } = request;
    const { source, type, time, extensions } = attributes;
    if ((source ?? type ?? time ?? extensions) !== undefined) return sharedHeaders(request);
    const last = plain.get(stream);
    if (last?.receivedMs === receivedMs) return last.headers;
    const headers = sharedHeaders(request);
    plain.set(stream, { receivedMs, headers });
    return headers;
  };
};

/** The headers that all records of a request share. */
export const sharedHeaders = ({
  stream,
  attributes,
  receivedMs,
}: Omit<EventRequest, 'body' | 'format'>): SharedHeaders => {
  const headers: Record<string, string> = {};
  // Assigned and not in a literal: the engine defines computed names by its slow way, and this is done every millisecond.
  headers[cloudEventHeaders.specVersion] = '1.0';
  headers[cloudEventHeaders.source] = attributes.source ?? ownSource(stream.contract);
  headers[cloudEventHeaders.type] = attributes.type ?? stream.contract.id;
  headers[cloudEventHeaders.time] = attributes.time ?? new Date(receivedMs).toISOString();
  headers[cloudEventHeaders.contentType] = 'application/avro';
  return shareHeaders(
    attributes.extensions === undefined ? headers : { ...headers, ...attributes.extensions },
  );
};
