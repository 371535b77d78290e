/**
 * A run that ends by itself: it lands what stands before given offsets of given partitions, touches no
 * other partition, and is done when the group stands at those offsets. The command that replays a range
 * starts such a run, with a group and an epoch of its own; killed and started again, it goes on.
 */
import { MillraceError } from '@millrace/contracts';
import type { Admin, ConsumedBatch, TopicPartition } from '@millrace/kafka';
import type { Clock } from '@millrace/pipeline';

export interface Bounds {
  readonly topics: readonly string[];
  /** The batch up to its partition's end; undefined for a partition that is none of the run's. */
  clip(batch: ConsumedBatch): ConsumedBatch | undefined;
  /** Whether nothing behind this batch is the run's. */
  isLast(batch: ConsumedBatch): boolean;
  /** Resolves when the group's offsets are at every end; rejects when Kafka cannot be asked for long. */
  reached(
    admin: Pick<Admin, 'committedOffsets'>,
    group: string,
    signal: AbortSignal,
  ): Promise<void>;
}

/** The group is asked this often whether it has arrived. */
const ASK_EVERY_MS = 200;

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

/** Entries are `topic/partition:offset`, the offset exclusive. Throws `config.invalid` for other text. */
export function parseBounds(entries: readonly string[], clock: Clock): Bounds | undefined {
  if (entries.length === 0) return undefined;
  const ends = new Map(entries.map(parseEntry));
  const topics = [...new Set([...ends.keys()].map((key) => key.slice(0, key.lastIndexOf('/'))))];
  return {
    topics,
    clip: (batch) => {
      const end = ends.get(keyOf(batch));
      if (end === undefined) return undefined;
      const lastStableOffset = Math.min(batch.lastStableOffset, end);
      if (batch.nextOffset <= end) return { ...batch, lastStableOffset };
      const records = batch.records.where((offset) => offset < end);
      return { ...batch, records, nextOffset: end, lastStableOffset };
    },
    isLast: (batch) => batch.nextOffset >= (ends.get(keyOf(batch)) ?? 0),
    reached: async (admin, group, signal) => {
      for (;;) {
        const committed = await admin.committedOffsets(group, topics);
        const stands = new Map(committed.map((one) => [keyOf(one), one.offset]));
        if ([...ends].every(([key, end]) => (stands.get(key) ?? 0) >= end)) return;
        await clock.sleep(ASK_EVERY_MS, signal);
      }
    },
  };
}

function parseEntry(text: string): readonly [string, number] {
  const match = /^(.+\/\d+):(\d+)$/.exec(text);
  if (match) return [match[1]!, Number(match[2])];
  throw new MillraceError('config.invalid', `'${text}' is no topic/partition:offset`);
}
