/** Where objects lie: a folder, a bucket. What is in them is formats/. */
import type { PartStates } from '../pull-source.ts';

export interface ByteRange {
  readonly from: number;
  /** Exclusive; the end of the object when absent. */
  readonly to?: number;
}

/** One version of a file or object. */
export interface PlacedObject {
  /** Path from the source's own root, or key. */
  readonly name: string;
  /** As a person named it, for messages. */
  readonly title: string;
  readonly version: string;
  readonly bytes: number;
  readonly memo?: string;
  /**
   * Its bytes, in chunks of any size. Rejects with `ingest.part-changed` when it is another version by now, and
   * with `ingest.place-*`.
   */
  read(range: ByteRange, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

export interface Place {
  /** For messages. */
  readonly description: string;
  /** All objects, in order of their names. @param states what is known of them, so that nothing is hashed twice */
  list(states: PartStates, signal: AbortSignal): AsyncIterable<PlacedObject>;
  /** Resolves when something there may have changed; never when the place does not tell. */
  changed(signal: AbortSignal): Promise<void>;
}

/** A range in one piece of memory. */
export const readRange = async (
  object: PlacedObject,
  range: ByteRange,
  signal: AbortSignal,
): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of object.read(range, signal)) chunks.push(chunk);
  return Buffer.concat(chunks);
};
