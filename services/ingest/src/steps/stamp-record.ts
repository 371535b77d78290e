/** Step: the event as a Kafka record with its CloudEvents headers. It is not sent here. */
import { cloudEventHeaders, millraceHeaders } from '@millrace/contracts';
import type { OutgoingRecord } from '@millrace/kafka';
import { deadLetter, ok, type SyncStep } from '@millrace/pipeline';
import type { EventRequest } from '../event-request.ts';
import { ownSource } from '../window/claim-of.ts';
import type { RoutedEvent } from './route-event.ts';

export interface StampedEvent extends RoutedEvent {
  readonly record: OutgoingRecord;
}

/**
 * Makes the Kafka record: key, datum, CloudEvents headers (Kafka protocol binding, binary mode), the time of
 * receipt as timestamp. A record that its topic would refuse is refused here, alone.
 */
export const createStampRecordStep = (): SyncStep<RoutedEvent, StampedEvent> =>
  function stampRecord(event) {
    const { delivery, id, key, datum } = event;
    const { stream, receivedMs } = delivery.request;
    const bytes = datum.length + (key?.length ?? 0) + 3 * id.length + headerBytes;
    if (bytes > stream.eventBytesMax)
      return deadLetter(
        'ingest.event-too-large',
        `Encoded, the event has about ${bytes} bytes; ${stream.eventBytesMax} are allowed.`,
      );
    const headers = {
      ...delivery.headers,
      [cloudEventHeaders.id]: id,
      ...(event.idFrom === 'sender' && stream.contract.identity !== undefined
        ? { [millraceHeaders.idFrom]: event.idFrom }
        : undefined),
    };
    return ok({ ...event, record: { key, value: datum, headers, timestampMs: receivedMs } });
  };

/** What the headers other than the id take, at most: `ce-*` request headers are bounded by HTTP's own limit. */
const headerBytes = 512;

/** The headers that all records of a request share. */
export const sharedHeaders = ({
  stream,
  attributes,
  receivedMs,
}: Omit<EventRequest, 'body' | 'format'>): Readonly<Record<string, string>> => {
  const { id } = stream.contract;
  return {
    [cloudEventHeaders.specVersion]: '1.0',
    [cloudEventHeaders.source]: attributes.source ?? ownSource(stream.contract),
    [cloudEventHeaders.type]: attributes.type ?? id,
    [cloudEventHeaders.time]: attributes.time ?? new Date(receivedMs).toISOString(),
    [cloudEventHeaders.contentType]: 'application/avro',
  };
};
