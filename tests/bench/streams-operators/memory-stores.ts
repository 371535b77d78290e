import { createMemoryKeyedStore, createMemoryTimedStore, type Stores } from '@millrace/streams';

/** Stores that nothing else knows of. */
export const memoryStores = (): Stores => ({
  keyed: () => createMemoryKeyedStore(),
  timed: ({ byKey = false }) => createMemoryTimedStore({ byKey }),
});
