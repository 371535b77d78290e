import { createMemoryKeyedStore } from '../stores/memory-keyed-store.ts';
import { createMemoryTimedStore } from '../stores/memory-timed-store.ts';
import type { KeyedStore, StoreSpec, Stores, TimedStore, ValueCodec } from '../stores/store.ts';

/** One value of a store. */
export interface StateEntry {
  readonly partition: number;
  readonly key: string;
  /** Of a timed store. */
  readonly timeMs?: number;
  readonly value: unknown;
}

/** Stores in memory that outlive the operators that opened them. */
export interface DrivenStores {
  of(partition: number): Stores;
  /** Everything in the stores of this name, by partition, time and key. */
  entries(name: string): readonly StateEntry[];
  /** Values become what a restart would read: encoded and decoded. */
  reload(): void;
}

type Opened =
  | { readonly kind: 'keyed'; readonly store: KeyedStore<unknown> }
  | { readonly kind: 'timed'; readonly store: TimedStore<unknown> };

interface Placed {
  readonly partition: number;
  readonly spec: StoreSpec;
  readonly opened: Opened;
}

/** @param found what a store holds when it is opened for the first time */
export const createDrivenStores = (
  found: (partition: number, spec: StoreSpec) => readonly StateEntry[] = () => [],
): DrivenStores => {
  const all = new Map<string, Placed>();

  const open = (partition: number, spec: StoreSpec): Opened => {
    const id = `${partition} ${spec.name}`;
    const known = all.get(id);
    if (known !== undefined) return known.opened;
    const opened: Opened =
      spec.kind === 'keyed'
        ? { kind: 'keyed', store: createMemoryKeyedStore() }
        : { kind: 'timed', store: createMemoryTimedStore({ byKey: spec.byKey ?? false }) };
    all.set(id, { partition, spec, opened });
    for (const entry of found(partition, spec)) keep(opened, entry);
    return opened;
  };

  return {
    of: (partition) => ({
      keyed: <V>(spec: StoreSpec) => open(partition, spec).store as KeyedStore<V>,
      timed: <V>(spec: StoreSpec) => open(partition, spec).store as TimedStore<V>,
    }),
    entries: (name) =>
      [...all.values()]
        .filter(({ spec }) => spec.name === name)
        .sort((one, other) => one.partition - other.partition)
        .flatMap(({ partition, opened }) =>
          entriesOf(opened).map((entry) => ({ partition, ...entry })),
        ),
    reload() {
      for (const { spec, opened } of all.values()) {
        for (const entry of entriesOf(opened))
          keep(opened, { ...entry, value: again(spec, entry) });
      }
    },
  };
};

const entriesOf = (opened: Opened): Omit<StateEntry, 'partition'>[] => {
  if (opened.kind === 'keyed') {
    return [...opened.store.entries()]
      .map(([key, value]) => ({ key, value }))
      .sort((one, other) => (one.key < other.key ? -1 : 1));
  }
  const { store } = opened;
  return [...store.times()].flatMap((timeMs) =>
    [...store.at(timeMs)]
      .map(([key, value]) => ({ key, timeMs, value }))
      .sort((one, other) => (one.key < other.key ? -1 : 1)),
  );
};

const keep = (opened: Opened, { key, timeMs, value }: Omit<StateEntry, 'partition'>): void => {
  if (opened.kind === 'keyed') opened.store.set(key, value);
  else opened.store.set(timeMs!, key, value);
};

/** Without a codec of its own a value is plain data; a clone of it refuses what is not. */
const again = (
  { codec }: { readonly codec?: ValueCodec<unknown> },
  { value }: { readonly value: unknown },
): unknown => (codec === undefined ? structuredClone(value) : codec.decode(codec.encode(value)));
