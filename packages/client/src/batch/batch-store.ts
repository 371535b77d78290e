/**
 * Where batches wait that must survive the process or the tab: a file (`@millrace/client/node`) or IndexedDB. What
 * a store promises to the client, and nothing of how it keeps it.
 */
import type { Batch, BatchHead } from './batch.ts';

export interface BatchStore {
  /**
   * Called once, before anything else. Resolves when what was left by earlier processes or closed tabs has been
   * handed to `found`, oldest first; later findings come by `found`, too.
   */
  open(found: (heads: readonly BatchHead[]) => void): Promise<void>;
  /** Resolves when the batch would survive a crash. Rejects when it is not kept. */
  add(batch: Batch): Promise<void>;
  /** Undefined when the store does not have it any more. */
  read(key: string): Promise<Batch | undefined>;
  /** A batch whose removal is lost in a crash is sent once more, and the door recognises it. */
  remove(key: string): Promise<void>;
  close(): Promise<void>;
}
