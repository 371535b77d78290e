/** Follows the sink's dead letters: which offsets of which topic were given up. Content and reasons are the matter of dead letters' own part. */
import { deadLetterHeaders, deadTopic } from '@millrace/contracts';
import type { PartitionReader } from '@millrace/kafka';
import type { DeadOffsets } from '@millrace/reconcile';

export interface DeadOffsetsTail {
  /** Reads what came since. @param stable ends of the dead letter topic by partition */
  advance(stable: ReadonlyMap<number, number>): Promise<void>;
  /** Dead offsets of a topic by partition. */
  of(topic: string): DeadOffsets;
  /** Forgets those below: they are counted. */
  forget(topic: string, partition: number, before: number): void;
}

export const createDeadOffsetsTail = (reader: PartitionReader): DeadOffsetsTail => {
  const topic = deadTopic('sink');
  const next = new Map<number, number>();
  const found = new Map<string, Map<number, Set<number>>>();
  const none: DeadOffsets = new Map();

  const note = (headers: Readonly<Record<string, Buffer | string | undefined>>): void => {
    const text = (name: string) => headers[name]?.toString() ?? '';
    const origin = text(deadLetterHeaders.topic);
    const partitions = found.get(origin) ?? new Map<number, Set<number>>();
    found.set(origin, partitions);
    const partition = Number(text(deadLetterHeaders.partition));
    const offsets = partitions.get(partition) ?? new Set<number>();
    partitions.set(partition, offsets);
    offsets.add(Number(text(deadLetterHeaders.offset)));
  };
  return {
    advance: async (stable) => {
      for (const [partition, end] of stable) {
        const fromOffset = next.get(partition) ?? 0;
        if (fromOffset >= end) continue;
        const range = { topic, partition, fromOffset, toOffset: end } as const;
        for await (const { headers } of reader.read({ ...range, isolation: 'read_committed' }))
          note(headers);
        next.set(partition, end);
      }
    },
    of: (origin) => found.get(origin) ?? none,
    forget: (origin, partition, before) => {
      const offsets = found.get(origin)?.get(partition);
      for (const offset of offsets ?? []) if (offset < before) offsets?.delete(offset);
    },
  };
};
