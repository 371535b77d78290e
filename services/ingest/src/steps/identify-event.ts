/** Step: which event this is, so that a repeat can be recognised. Recognising is drop-repeats.ts. */
import { hash, randomUUID } from 'node:crypto';
import { FRAME_HEADER_BYTES } from '@millrace/avro';
import { keyText } from '@millrace/contracts';
import { ok, type SyncStep } from '@millrace/pipeline';
import { claimOf } from '../window/claim-of.ts';
import type { EncodedEvent } from './encode-event.ts';

export interface IdentifiedEvent extends EncodedEvent {
  id: string;
  /** What the window knows the event by: its id, and whose it is where senders choose ids. */
  claim: string;
  /** Where the id comes from; `chance` cannot be sent again. */
  idFrom: 'contract' | 'sender' | 'chance';
}

/**
 * Gives an event its id, from the first of: the contract's identity, the CloudEvent's own id, the request's `ce-id`
 * (single events), its `idempotency-key` with the event's index, chance.
 */
export const createIdentifyEventStep = (
  makeId: () => string = randomUUID,
): SyncStep<EncodedEvent, IdentifiedEvent> =>
  function identifyEvent(event) {
    const own = identityOf(event);
    if (own !== undefined) return ok(identified(event, own, own, 'contract'));
    const { delivery, index } = event;
    const { id, idempotencyKey, source } = delivery.request.attributes;
    const said = delivery.body.attributes?.[index];
    const given =
      said?.id ??
      (delivery.single ? id : undefined) ??
      (idempotencyKey === undefined ? undefined : `${idempotencyKey}/${index}`);
    if (given !== undefined)
      return ok(identified(event, given, claimOf(given, said?.source ?? source), 'sender'));
    const made = makeId();
    return ok(identified(event, made, made, 'chance'));
  };

const identified = (
  event: EncodedEvent,
  id: string,
  claim: string,
  idFrom: IdentifiedEvent['idFrom'],
): IdentifiedEvent => {
  const known = event as IdentifiedEvent;
  known.id = id;
  known.claim = claim;
  known.idFrom = idFrom;
  return known;
};

/** One field is the id as it stands; several, or the whole datum, are hashed: 128 bits as 22 characters. */
const identityOf = ({ delivery, value, datum }: EncodedEvent): string | undefined => {
  const { identity } = delivery.request.stream.contract;
  if (identity === undefined) return undefined;
  if (identity === 'content') return digest(datum.subarray(FRAME_HEADER_BYTES));
  // The encoder has accepted the value, so it is a JSON object with the contract's fields.
  const record = value as Readonly<Record<string, unknown>>;
  if (identity.length > 1) return digest(keyText(identity.map((field) => record[field])));
  const only = record[identity[0]!];
  return only === undefined || only === null || only === '' ? undefined : String(only);
};

const digest = (content: string | Buffer): string =>
  hash('sha256', content, 'base64url').slice(0, 22);
