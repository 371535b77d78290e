/** Step: which event this is, so that a repeat can be recognised. Recognising is drop-repeats.ts. */
import { randomUUID } from 'node:crypto';
import { ok, type SyncStep } from '@millrace/pipeline';
import type { EncodedEvent } from './encode-event.ts';

export interface IdentifiedEvent extends EncodedEvent {
  readonly id: string;
  /** The sender can send the same id again: made up here, it could not. */
  readonly repeatable: boolean;
}

/**
 * Gives an event its id, from the first of: the contract's identity field, the request's `ce-id` (single
 * events), its `idempotency-key` with the event's index, chance.
 */
export const createIdentifyEventStep = (
  makeId: () => string = randomUUID,
): SyncStep<EncodedEvent, IdentifiedEvent> =>
  function identifyEvent(event) {
    const { delivery, index } = event;
    const { id, idempotencyKey } = delivery.request.attributes;
    const given =
      identityOf(event) ??
      (delivery.single ? id : undefined) ??
      (idempotencyKey === undefined ? undefined : `${idempotencyKey}/${index}`);
    return ok({ ...event, id: given ?? makeId(), repeatable: given !== undefined });
  };

const identityOf = ({ delivery, value }: EncodedEvent): string | undefined => {
  const field = delivery.request.stream.contract.identity;
  if (field === undefined) return undefined;
  // The encoder has accepted the value, so it is a JSON object with the contract's fields.
  const identity = (value as Readonly<Record<string, unknown>>)[field];
  return identity === undefined || identity === null || identity === ''
    ? undefined
    : String(identity);
};
