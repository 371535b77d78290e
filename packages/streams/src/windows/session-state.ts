import type { Flow } from '../flow.ts';
import type { Slot, SlotFold } from '../folds/slot-fold.ts';
import type { KeyedStore } from '../stores/store.ts';
import { createKeyTimers } from './key-timers.ts';
import { createSessionLists, endOf, type Session } from './session-list.ts';
import type { SessionWindow } from './window-kinds.ts';

/** The sessions of all keys: those that have changed since the last commit in front of their store. */
export interface SessionState {
  add(key: string, flow: Flow): void;
  absorb(key: string, startMs: number, slot: Slot): void;
  /** Takes out the sessions that ended at this time or before. */
  takeEnded(endMs: number): readonly EndedSession[];
  /** The keys that records have changed since the last `writeBack`. */
  touched(): Iterable<string>;
  /** The sessions of a key, to be changed. */
  sessionsOf(key: string): Session[];
  writeBack(): void;
}

export type EndedSession = readonly [key: string, session: Session];

/** Timers are kept in this many groups a gap. */
const GROUPS_PER_GAP = 16;

/** `merged`: a session has become part of another one. */
export const createSessionState = (
  store: KeyedStore<Session[]>,
  { gapMs }: SessionWindow,
  fold: SlotFold,
  merged: (key: string, session: Session) => void,
): SessionState => {
  const touched = new Map<string, Session[]>();
  const timers = createKeyTimers(Math.max(1, Math.floor(gapMs / GROUPS_PER_GAP)));
  let current = '';
  let timersAreSet = false;
  const lists = createSessionLists({
    gapMs,
    fold,
    opened: (session) => timers.set(endOf(session), current),
    merged: (session) => merged(current, session),
  });

  const setTimer = (key: string, sessions: readonly Session[]): void => {
    const [first] = sessions;
    if (first !== undefined) timers.set(endOf(first), key);
  };

  /** Not before the first record or watermark: then the store has what it had. */
  const setTimers = (): void => {
    if (timersAreSet) return;
    timersAreSet = true;
    for (const [key, sessions] of store.entries()) setTimer(key, sessions);
  };

  const sessionsOf = (key: string): Session[] => {
    let sessions = touched.get(key);
    if (sessions === undefined) {
      sessions = store.get(key) ?? [];
      touched.set(key, sessions);
    }
    return sessions;
  };

  return {
    add(key, flow) {
      setTimers();
      current = key;
      lists.add(sessionsOf(key), flow);
    },
    absorb(key, startMs, slot) {
      setTimers();
      current = key;
      lists.absorb(sessionsOf(key), startMs, slot);
    },
    takeEnded(endMs) {
      setTimers();
      const ended: EndedSession[] = [];
      for (const key of timers.take(endMs)) {
        const sessions = touched.get(key) ?? store.get(key) ?? [];
        if (sessions.length > 0 && endOf(sessions[0]!) <= endMs) touched.set(key, sessions);
        while (sessions.length > 0 && endOf(sessions[0]!) <= endMs) {
          ended.push([key, sessions.shift()!]);
        }
        setTimer(key, sessions);
      }
      return ended;
    },
    touched: () => touched.keys(),
    sessionsOf,
    writeBack() {
      for (const [key, sessions] of touched) {
        if (sessions.length === 0) store.delete(key);
        else store.set(key, sessions);
      }
      touched.clear();
    },
  };
};
