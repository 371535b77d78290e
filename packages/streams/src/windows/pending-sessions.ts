import type { KeyedStore } from '../stores/store.ts';
import type { WindowBounds } from './window-result.ts';

/** Keys whose sessions have changed and not been told yet, and what is to be taken back of what was told of them. */
export interface PendingSessions {
  changed(key: string): void;
  /** This was told, and is part of another session now. */
  gone(key: string, window: WindowBounds): void;
  takeGone(visit: (key: string, window: WindowBounds) => void): void;
  /** Takes all keys. `isKnown`: the sessions say which of them have changed, since there was no restart in between. */
  take(visit: (key: string, isKnown: boolean) => void): void;
  /** At a commit that tells nothing: all of it outlives a restart. */
  keep(): void;
}

/** `store`: where it is kept; none where every commit tells all. */
export const createPendingSessions = (
  store: KeyedStore<WindowBounds[]> | undefined,
): PendingSessions => {
  /** By key, with the windows that are gone. */
  const pending = new Map<string, WindowBounds[]>();
  const withGone = new Set<string>();
  const unkept = new Set<string>();
  const fromBefore = new Set<string>();
  let isLoaded = store === undefined;

  /** Not before the first record or commit: then the store has what it had. */
  const load = (): void => {
    if (isLoaded) return;
    isLoaded = true;
    for (const [key, gone] of store!.entries()) {
      pending.set(key, gone);
      fromBefore.add(key);
      if (gone.length > 0) withGone.add(key);
    }
  };

  const changed = (key: string): void => {
    load();
    if (pending.has(key)) return;
    pending.set(key, []);
    unkept.add(key);
  };

  return {
    changed,
    gone(key, window) {
      changed(key);
      pending.get(key)!.push(window);
      withGone.add(key);
      unkept.add(key);
    },
    takeGone(visit) {
      load();
      for (const key of withGone) {
        for (const window of pending.get(key)!.splice(0)) visit(key, window);
        unkept.add(key);
      }
      withGone.clear();
    },
    take(visit) {
      for (const key of pending.keys()) {
        visit(key, !fromBefore.has(key));
        store?.delete(key);
      }
      for (const kept of [pending, withGone, unkept, fromBefore]) kept.clear();
    },
    keep() {
      for (const key of unkept) store!.set(key, pending.get(key)!);
      unkept.clear();
    },
  };
};
