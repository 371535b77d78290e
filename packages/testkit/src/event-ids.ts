/**
 * The ids of the events on a topic, read on from where the last look ended: polls of a topic that has grown large would else read all
 * of it each time. What is removed from the topic's beginning is forgotten. Only for a topic that is not made anew.
 */
import { cloudEventHeaders } from '@millrace/contracts';
import { openReader } from './open-reader.ts';

/** Committed events of all partitions, in no order, at the time of the call. */
export const createEventIds = (
  kafkaBrokers: string,
  topic: string,
): (() => Promise<readonly string[]>) => {
  const { admin, reader } = openReader(kafkaBrokers);
  const known = new Map<number, { next: number; events: { offset: number; id: string }[] }>();
  const look = async (): Promise<readonly string[]> => {
    const partitions = await admin.partitionOffsets(topic);
    const read = partitions.map(async ({ partition, low }) => {
      const own = known.get(partition) ?? { next: 0, events: [] };
      known.set(partition, own);
      own.events = own.events.filter(({ offset }) => offset >= low);
      const where = {
        topic,
        partition,
        fromOffset: own.next,
        isolation: 'read_committed',
      } as const;
      for await (const { offset, headers } of reader.read(where)) {
        own.events.push({ offset, id: String(headers[cloudEventHeaders.id]) });
        own.next = offset + 1;
      }
      return own.events.map(({ id }) => id);
    });
    return (await Promise.all(read)).flat();
  };
  // one look after the other, so that none reads what another is reading
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    const now = last.then(look);
    last = now.catch(() => undefined);
    return now;
  };
};
