/**
 * How far the ids of a door's records are told once its windows have been emptied: the end of each partition as it
 * stood before the oldest write that has no outcome yet. Asking for ends is all it does; telling is id-log.ts.
 */
import type { TailConsumer } from '@millrace/kafka';
import type { Stream } from '../stream.ts';

export type Ends = Readonly<Record<string, readonly number[]>>;

/** The ends of a topic, and how many writes had been opened when they were known. */
interface KnownEnd {
  readonly opened: number;
  readonly offsets: readonly number[];
}

/**
 * @param read up to where everything had been read before: a door that began with its disk alone may have writes on their way
 * when it asks first, and knows nothing of where the topics ended before them
 * @returns a question that may be asked again at will, one at a time
 */
export const createKnownEnds = (
  streams: readonly Pick<Stream, 'topic' | 'partitions' | 'window'>[],
  kafka: Pick<TailConsumer, 'endOffsets'>,
  read: Ends = {},
) => {
  const known = new Map<string, readonly KnownEnd[]>(
    Object.entries(read).map(([topic, offsets]) => [topic, [{ opened: 0, offsets }]]),
  );
  const partitionsOf = ({ topic, partitions }: Pick<Stream, 'topic' | 'partitions'>) =>
    Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));

  return {
    /** Asks for the ends; what is taken out of the windows in the same turn is all that stands before the answer. */
    ask: async (): Promise<Ends> => {
      const all = streams.flatMap(partitionsOf);
      const offsets = await kafka.endOffsets(all);
      let at = 0;
      const ends: [string, readonly number[]][] = [];
      for (const { topic, partitions, window } of streams) {
        const { count, oldest } = window.opened();
        const found = { opened: count, offsets: offsets.slice(at, at + partitions) };
        at += partitions;
        // A write that was opened after an answer came lands behind the ends that it told.
        const before = [...(known.get(topic) ?? []), found];
        const last = Math.max(
          0,
          before.findLastIndex(({ opened }) => opened <= oldest),
        );
        known.set(topic, before.slice(last));
        ends.push([topic, before[last]!.offsets]);
      }
      return Object.fromEntries(ends);
    },
  };
};
