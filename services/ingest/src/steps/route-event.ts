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
 * Chooses the partition, once: by the contract's key as every Kafka client would, or, without a key, the one
 * partition that the whole request goes to.
 */
export const createRouteEventStep = (): SyncStep<IdentifiedEvent, RoutedEvent> =>
  function routeEvent(event) {
    const { delivery, value } = event;
    const fields = delivery.request.stream.contract.key;
    if (fields.length === 0)
      return ok({ ...event, key: null, partition: delivery.stickyPartition });
    const record = value as Readonly<Record<string, unknown>>;
    const key = Buffer.from(keyText(fields.map((field) => record[field])));
    return ok({ ...event, key, partition: partitionForKey(key, delivery.partitions) });
  };
