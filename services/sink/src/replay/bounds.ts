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
  /** The batch up to its partition's end, of chosen records only these; undefined for a partition that is none of the run's. */
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

/**
 * Entries are `topic/partition:offset`, the offset exclusive; `only` are the offsets chosen, `topic/partition:1+5+9`, all
 * when empty. Throws `config.invalid` for other text.
 */
export function parseBounds(
  entries: readonly string[],
  only: readonly string[],
  clock: Clock,
): Bounds | undefined {
  if (entries.length === 0) return undefined;
  const ends = new Map(entries.map(parseEntry));
  const chosen = only.length === 0 ? undefined : new Map(only.map(parsePlaces));
  const isChosen = (key: string, offset: number): boolean =>
    chosen === undefined || chosen.get(key)?.has(offset) === true;
  const topics = [...new Set([...ends.keys()].map((key) => key.slice(0, key.lastIndexOf('/'))))];
  return {
    topics,
    clip: (batch) => {
      const end = ends.get(keyOf(batch));
      if (end === undefined) return undefined;
      const lastStableOffset = Math.min(batch.lastStableOffset, end);
      const isWhole = batch.nextOffset <= end;
      if (isWhole && chosen === undefined) return { ...batch, lastStableOffset };
      const key = keyOf(batch);
      const records = batch.records.where((offset) => offset < end && isChosen(key, offset));
      const nextOffset = isWhole ? batch.nextOffset : end;
      return { ...batch, records, nextOffset, lastStableOffset };
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

function parsePlaces(text: string): readonly [string, ReadonlySet<number>] {
  const match = /^(.+\/\d+):(\d+(?:\+\d+)*)$/.exec(text);
  if (match) return [match[1]!, new Set(match[2]!.split('+').map(Number))];
  throw new MillraceError('config.invalid', `'${text}' is no topic/partition:offset+offset`);
}

function parseEntry(text: string): readonly [string, number] {
  const match = /^(.+\/\d+):(\d+)$/.exec(text);
  if (match) return [match[1]!, Number(match[2])];
  throw new MillraceError('config.invalid', `'${text}' is no topic/partition:offset`);
}
