/** Step: key and partition, chosen here and nowhere later. */
import { keyText } from '@millrace/contracts';
import { partitionForKey } from '@millrace/kafka';
import { ok, type SyncStep } from '@millrace/pipeline';
import type { IdentifiedEvent } from './identify-event.ts';

export interface RoutedEvent extends IdentifiedEvent {
  readonly key: Buffer | null;
  readonly partition: number;
}

/**
 * Chooses the partition, once: by the contract's key as every Kafka client would; without one by a CloudEvent's
 * partitionkey; else the one partition that the whole request goes to.
 */
export const createRouteEventStep = (): SyncStep<IdentifiedEvent, RoutedEvent> =>
  function routeEvent(event) {
    const text = keyOf(event);
    const { delivery } = event;
    if (text === undefined) return ok({ ...event, key: null, partition: delivery.stickyPartition });
    const key = Buffer.from(text);
    return ok({ ...event, key, partition: partitionForKey(key, delivery.partitions) });
  };

const keyOf = ({ delivery, index, value }: IdentifiedEvent): string | undefined => {
  const { request, body } = delivery;
  const fields = request.stream.contract.key;
  if (fields.length === 0) return (body.attributes?.[index] ?? request.attributes).partitionKey;
  const record = value as Readonly<Record<string, unknown>>;
  return keyText(fields.map((field) => record[field]));
};
