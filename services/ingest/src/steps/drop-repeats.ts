/** Step: each event id once. What the window remembers is window/event-window.ts. */
import { drop, ok, type SyncStep } from '@millrace/pipeline';
import type { Delivery, PartitionWrite } from '../event-request.ts';
import type { StampedEvent } from './stamp-record.ts';

/**
 * Takes an event once. Its id is claimed for the write that will carry it; a repeat of an id that is on
 * Kafka is dropped, and a repeat of one that is still on its way shares that one's fate.
 */
export const createDropRepeatsStep = (): SyncStep<StampedEvent, PartitionWrite> =>
  function dropRepeats(event) {
    const { delivery, claim: claimed, index, partition, idFrom } = event;
    const write = writeTo(delivery, partition);
    if (idFrom !== 'chance') {
      const claim = delivery.request.stream.window.claim(claimed, write.pending);
      if (claim !== 'new') {
        if (claim !== 'written') delivery.repeats.set(index, claim);
        return drop('repeat');
      }
    }
    write.records.push(event.record);
    write.indexes.push(index);
    return ok(write);
  };

const writeTo = (delivery: Delivery, partition: number): PartitionWrite => {
  let write = delivery.writes.get(partition);
  if (write === undefined) {
    const pending = delivery.request.stream.window.open();
    write = { partition, pending, records: [], indexes: [] };
    delivery.writes.set(partition, write);
  }
  return write;
};
