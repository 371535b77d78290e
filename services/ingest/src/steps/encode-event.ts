/** Step: an event against its contract. How JSON maps to Avro is @millrace/avro. */
import type { JsonProblem } from '@millrace/avro';
import { deadLetter, ok, type SyncStep } from '@millrace/pipeline';
import type { IncomingEvent } from '../event-request.ts';

export interface EncodedEvent extends IncomingEvent {
  /** Confluent wire format: header and Avro datum. */
  datum: Buffer;
}

/** Checks an event against its contract and encodes it, in one pass. What came as Avro is that already. */
export const createEncodeEventStep = (): SyncStep<IncomingEvent, EncodedEvent> =>
  function encodeEvent(event) {
    const encoded = event as EncodedEvent;
    const ready = event.delivery.body.datums?.[event.index];
    if (ready !== undefined) {
      encoded.datum = ready;
      return ok(encoded);
    }
    const encoding = event.delivery.request.stream.encoder.encode(event.value);
    if (!encoding.ok)
      return deadLetter('ingest.event-invalid', summary(encoding.problems), encoding.problems);
    encoded.datum = encoding.datum;
    return ok(encoded);
  };

const summary = (problems: readonly JsonProblem[]): string =>
  problems.length === 1 ? problems[0]!.message : `${problems.length} problems`;
