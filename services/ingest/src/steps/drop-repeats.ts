/** Step: each event id once. What the window remembers is window/event-window.ts. */
import { drop, ok, type SyncStep } from '@millrace/pipeline';
import type { Delivery } from '../event-request.ts';
import { PartitionWrite } from '../partition-writes.ts';
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
        if (claim !== 'written') {
          delivery.repeats ??= new Map();
          delivery.repeats.set(index, claim);
        }
        return drop('repeat');
      }
    }
    write.add(event.record, index);
    return ok(write);
  };

const writeTo = (delivery: Delivery, partition: number): PartitionWrite => {
  const known = delivery.writes.to(partition);
  if (known !== undefined) return known;
  const write = new PartitionWrite(partition, delivery.request.stream.window.open());
  delivery.writes.add(write);
  return write;
};
