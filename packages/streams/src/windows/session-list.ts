import type { Flow } from '../flow.ts';
import type { Slot, SlotFold } from '../folds/slot-fold.ts';
import type { WindowBounds } from './window-result.ts';

/** Records of a key, each no further than the gap from the next. The end is the highest time of its slot. */
export interface Session {
  startMs: number;
  readonly slot: Slot;
  /** It is not what was handed on last. */
  changed: boolean;
  /** As it was last handed on, before it had closed; null when it was not. */
  told: WindowBounds | null;
}

export const endOf = ({ slot }: Session): number => slot.maxMs;

/** Changes the sessions of one key, which are in order and further than the gap from one another. */
export interface SessionLists {
  /** One more record; throws what a user function throws, and has changed nothing then. */
  add(sessions: Session[], flow: Flow): void;
  /** One more session: it and all that it reaches become one. */
  absorb(sessions: Session[], startMs: number, slot: Slot): void;
}

export interface SessionListOptions {
  readonly gapMs: number;
  readonly fold: SlotFold;
  /** A session began that was not there before. */
  opened(session: Session): void;
  /** A session has become part of another one. */
  merged(session: Session): void;
}

export const createSessionLists = (options: SessionListOptions): SessionLists => {
  const { gapMs, fold } = options;

  const absorb = (sessions: Session[], startMs: number, slot: Slot): void => {
    const endMs = slot.maxMs;
    let to = sessions.length;
    while (to > 0 && sessions[to - 1]!.startMs > endMs + gapMs) to -= 1;
    let from = to;
    while (from > 0 && endOf(sessions[from - 1]!) >= startMs - gapMs) from -= 1;
    if (from === to) {
      const session = { startMs, slot, changed: true, told: null };
      sessions.splice(to, 0, session);
      options.opened(session);
      return;
    }
    const into = sessions[from]!;
    for (const other of sessions.splice(from + 1, to - from - 1)) {
      fold.merge(into.slot, other.slot);
      options.merged(other);
    }
    fold.merge(into.slot, slot);
    if (startMs < into.startMs) into.startMs = startMs;
    into.changed = true;
  };

  return {
    add(sessions, flow) {
      const last = sessions[sessions.length - 1];
      const { timeMs } = flow;
      if (last !== undefined && timeMs >= last.startMs && timeMs <= last.slot.maxMs + gapMs) {
        fold.add(last.slot, flow);
        last.changed = true;
        return;
      }
      const slot = fold.create();
      fold.add(slot, flow);
      absorb(sessions, timeMs, slot);
    },
    absorb,
  };
};
