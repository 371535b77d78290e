import type { KeyedStore } from '../stores/store.ts';

/**
 * Values by group and member, in a store that knows only keys: a group can be walked without a search, and
 * a change writes little, however many members the group has. Members stand close together in pages;
 * one that leaves is replaced by the last.
 */
export interface GroupedValues<V> {
  get(group: string, member: string): V | undefined;
  set(group: string, member: string, value: V): void;
  delete(group: string, member: string): void;
  /** In no promised order. Must not be changed meanwhile. */
  of(group: string): Iterable<[member: string, value: V]>;
}

const PAGE_MEMBERS = 64;

interface Entry<V> {
  readonly value: V;
  /** Position among the members of the group. */
  readonly at: number;
}

/** Takes the whole store for itself. */
export const groupedValues = <V>(store: KeyedStore<unknown>): GroupedValues<V> => {
  // The length says where the group ends, so that no two pairs are written alike.
  const entryKey = (group: string, member: string) => `v${group.length}:${group}${member}`;
  const sizeKey = (group: string) => `n${group}`;
  const pageKey = (group: string, page: number) => `p${page}:${group}`;

  const entryOf = (group: string, member: string) =>
    store.get(entryKey(group, member)) as Entry<V> | undefined;
  const sizeOf = (group: string) => (store.get(sizeKey(group)) as number | undefined) ?? 0;
  const pageOf = (group: string, at: number) =>
    (store.get(pageKey(group, Math.floor(at / PAGE_MEMBERS))) as string[] | undefined) ?? [];

  const setPage = (group: string, at: number, members: readonly string[]): void => {
    const key = pageKey(group, Math.floor(at / PAGE_MEMBERS));
    if (members.length === 0) store.delete(key);
    else store.set(key, members);
  };
  const setSize = (group: string, size: number): void => {
    if (size === 0) store.delete(sizeKey(group));
    else store.set(sizeKey(group), size);
  };
  const place = (group: string, member: string, at: number): void => {
    setPage(group, at, pageOf(group, at).with(at % PAGE_MEMBERS, member));
    store.set(entryKey(group, member), { value: entryOf(group, member)!.value, at });
  };

  return {
    get: (group, member) => entryOf(group, member)?.value,
    set(group, member, value) {
      const known = entryOf(group, member);
      if (known === undefined) {
        const size = sizeOf(group);
        setPage(group, size, [...pageOf(group, size), member]);
        setSize(group, size + 1);
      }
      store.set(entryKey(group, member), { value, at: known?.at ?? sizeOf(group) - 1 });
    },
    delete(group, member) {
      const entry = entryOf(group, member);
      if (entry === undefined) return;
      const lastAt = sizeOf(group) - 1;
      const lastPage = pageOf(group, lastAt);
      if (entry.at !== lastAt) place(group, lastPage.at(-1)!, entry.at);
      setPage(group, lastAt, pageOf(group, lastAt).slice(0, -1));
      setSize(group, lastAt);
      store.delete(entryKey(group, member));
    },
    *of(group) {
      const size = sizeOf(group);
      for (let at = 0; at < size; at += PAGE_MEMBERS) {
        for (const member of pageOf(group, at)) yield [member, entryOf(group, member)!.value];
      }
    },
  };
};
