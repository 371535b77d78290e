import type { Slot, SlotFold } from '../folds/slot-fold.ts';
import { createStateReader, createStateWriter } from '../folds/state-bytes.ts';
import type { TimedStoreSpec, ValueCodec } from '../stores/store.ts';

/**
 * The records of a key and time, by the first window, named by its end, that takes them: null where all do
 * that have the time in them.
 */
export type SlidingEntry = { readonly fromEndMs: number | null; readonly slot: Slot }[];

/** The slot of an entry for records that windows from this end on take; a new one when there is none. */
export const slotFrom = (entry: SlidingEntry, fromEndMs: number | null, fold: SlotFold): Slot => {
  const known = entry.find((part) => part.fromEndMs === fromEndMs);
  if (known !== undefined) return known.slot;
  const slot = fold.create();
  entry.push({ fromEndMs, slot });
  return slot;
};

/** A window that ends here takes at least one of the records. */
export const isTakenBy = (entry: SlidingEntry, endMs: number): boolean =>
  entry.some(({ fromEndMs }) => fromEndMs === null || fromEndMs <= endMs);

export const slidingStore = (name: string, fold: SlotFold): TimedStoreSpec<SlidingEntry> => {
  const codec = entryCodecOf(fold);
  return {
    name,
    kind: 'timed',
    byKey: true,
    shape: fold.shape,
    show: (entry) => entry.map(({ slot }) => fold.result(slot)),
    ...(codec !== undefined && { codec }),
  };
};

const entryCodecOf = ({ bytes }: SlotFold): ValueCodec<SlidingEntry> | undefined => {
  if (bytes === undefined) return undefined;
  const writer = createStateWriter();
  const reader = createStateReader();
  return {
    encode(entry) {
      writer.integer(entry.length);
      for (const { fromEndMs, slot } of entry) {
        writer.scalar(fromEndMs);
        bytes.write(slot, writer, 0);
      }
      return writer.take();
    },
    decode(encoded) {
      reader.open(encoded);
      return Array.from({ length: reader.integer() }, () => {
        const fromEndMs = reader.scalar() as number | null;
        return { fromEndMs, slot: bytes.read(reader, 0) };
      });
    },
  };
};
