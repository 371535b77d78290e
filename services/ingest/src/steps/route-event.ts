/** Step: key and partition, chosen here and nowhere later. */
import { keyText } from '@millrace/contracts';
import { partitionForKey } from '@millrace/kafka';
import { ok, type SyncStep } from '@millrace/pipeline';
import type { IdentifiedEvent } from './identify-event.ts';

export interface RoutedEvent extends IdentifiedEvent {
  key: Buffer | null;
  partition: number;
}

/**
 * Chooses the partition, once: by the contract's key as every Kafka client would; without one by a CloudEvent's
 * partitionkey; else the one partition that the whole request goes to.
 */
export const createRouteEventStep = (): SyncStep<IdentifiedEvent, RoutedEvent> =>
  function routeEvent(event) {
    const routed = event as RoutedEvent;
    const { delivery } = event;
    const text = keyOf(event);
    const key = text === undefined ? null : Buffer.from(text);
    routed.key = key;
    routed.partition =
      key === null ? delivery.stickyPartition : partitionForKey(key, delivery.partitions);
    return ok(routed);
  };

const keyOf = ({ delivery, index, value }: IdentifiedEvent): string | undefined => {
  const { request, body } = delivery;
  const fields = request.stream.contract.key;
  if (fields.length === 0) return (body.attributes?.[index] ?? request.attributes).partitionKey;
  const record = value as Readonly<Record<string, unknown>>;
  return keyText(fields.map((field) => record[field]));
};
