import type { Slot, SlotFold } from '../folds/slot-fold.ts';
import { createStateReader, createStateWriter } from '../folds/state-bytes.ts';
import type { ValueCodec } from '../stores/store.ts';

/** Records of one key and pane as one, on the way to the task that owns the key. */
export interface PartialPane {
  readonly paneMs: number;
  /** The first window that takes the records, by its start; null: every window with the pane in it. */
  readonly firstStartMs: number | null;
  readonly slot: Slot;
}

/** Bytes of partial results; undefined when a fold has no compact form. */
export const partialPaneCodecOf = (
  { bytes }: SlotFold,
  paneMs: number,
): ValueCodec<PartialPane> | undefined => {
  if (bytes === undefined) return undefined;
  const writer = createStateWriter();
  const reader = createStateReader();
  return {
    encode(partial) {
      writer.integer(partial.paneMs / paneMs);
      writer.scalar(partial.firstStartMs);
      bytes.write(partial.slot, writer, partial.paneMs);
      return writer.take();
    },
    decode(encoded) {
      reader.open(encoded);
      const startMs = reader.integer() * paneMs;
      const firstStartMs = reader.scalar() as number | null;
      return { paneMs: startMs, firstStartMs, slot: bytes.read(reader, startMs) };
    },
  };
};
