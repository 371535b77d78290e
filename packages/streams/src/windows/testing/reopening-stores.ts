import { createMemoryKeyedStore } from '../../stores/memory-keyed-store.ts';
import { createMemoryTimedStore } from '../../stores/memory-timed-store.ts';
import type {
  KeyedStore,
  KeyedStoreSpec,
  Stores,
  TimedStore,
  TimedStoreSpec,
  ValueCodec,
} from '../../stores/store.ts';

/** Stores that can be opened again: every value then comes back as what its bytes say. */
export const createReopeningStores = (): Stores & {
  reopen(): void;
  /** Entries of all stores. */
  readonly size: number;
} => {
  const keyed = new Map<string, { spec: KeyedStoreSpec; store: KeyedStore<unknown> }>();
  const timed = new Map<string, { spec: TimedStoreSpec; store: TimedStore<unknown> }>();

  return {
    keyed<V>(spec: KeyedStoreSpec<V>) {
      const known = keyed.get(spec.name)?.store ?? createMemoryKeyedStore<unknown>();
      keyed.set(spec.name, { spec: spec as KeyedStoreSpec, store: known });
      return known as KeyedStore<V>;
    },
    timed<V>(spec: TimedStoreSpec<V>) {
      const known =
        timed.get(spec.name)?.store ??
        createMemoryTimedStore<unknown>({ byKey: spec.byKey ?? false });
      timed.set(spec.name, { spec: spec as TimedStoreSpec, store: known });
      return known as TimedStore<V>;
    },
    reopen() {
      for (const entry of keyed.values()) {
        const fresh = createMemoryKeyedStore<unknown>();
        for (const [key, value] of entry.store.entries()) fresh.set(key, again(value, entry.spec));
        entry.store = fresh;
      }
      for (const entry of timed.values()) {
        const fresh = createMemoryTimedStore<unknown>({ byKey: entry.spec.byKey ?? false });
        for (const timeMs of entry.store.times()) {
          for (const [key, value] of entry.store.at(timeMs)) {
            fresh.set(timeMs, key, again(value, entry.spec));
          }
        }
        entry.store = fresh;
      }
    },
    get size() {
      const stores = [...keyed.values(), ...timed.values()];
      return stores.reduce((sum, { store }) => sum + store.size, 0);
    },
  };
};

const again = (value: unknown, { codec }: { readonly codec?: ValueCodec<unknown> }): unknown =>
  codec === undefined ? structuredClone(value) : codec.decode(codec.encode(value));
