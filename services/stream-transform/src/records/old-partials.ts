import type { RepartitionNode, StoreMigration, StoreSpec } from '@millrace/streams';
import { packedCodec } from './packed-codec.ts';

/** Reads a partial result of the folds before a migration as one of those after it. */
export type ReadOldPartial = (bytes: Buffer, key: string) => unknown;

/** @param store of the aggregate that takes the partial results */
export const readOldPartials = (
  node: RepartitionNode,
  store: StoreSpec,
  { folds, change }: StoreMigration<unknown, unknown>,
): ReadOldPartial => {
  const codec = node.codecOf!(folds!) ?? packedCodec;
  return (bytes, key) => {
    const partial = codec.decode(bytes) as object;
    if (!('slot' in partial)) return change(partial, { key }, store);
    return { ...partial, slot: change(partial.slot, { key }, store) };
  };
};
