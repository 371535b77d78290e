import type { SlotFold } from '../folds/slot-fold.ts';
import type { OperatorContext } from '../operator.ts';
import type { KeyedStoreSpec } from '../stores/store.ts';
import type { Emission } from './emission.ts';
import { createPendingSessions } from './pending-sessions.ts';
import type { Reached } from './reached.ts';
import { sendResult } from './send-result.ts';
import { endOf, type Session } from './session-list.ts';
import type { EndedSession, SessionState } from './session-state.ts';
import { updateSchedule } from './update-schedule.ts';
import { resultFlow, type WindowBounds } from './window-result.ts';

/**
 * Hands on sessions. A session that grows is another window, and one that has become part of another is none:
 * what was told of it before is taken back by the same window with null for its value.
 */
export interface SessionOutput {
  merged(key: string, session: Session): void;
  commit(state: SessionState): void;
  close(ended: readonly EndedSession[]): void;
}

export interface SessionOutputOptions {
  readonly context: OperatorContext;
  readonly fold: SlotFold;
  readonly emit: Emission;
  readonly pendingSpec: KeyedStoreSpec<WindowBounds[]> | undefined;
  readonly reached: Reached;
  /** How far results may lie behind the operator's watermark. */
  readonly delayMs: number;
}

export const createSessionOutput = (options: SessionOutputOptions): SessionOutput => {
  const { context, fold, reached, delayMs, pendingSpec } = options;
  const schedule = updateSchedule(options.emit);
  const pending = createPendingSessions(pendingSpec && context.keyed(pendingSpec));

  const sendGone = (key: string, window: WindowBounds): void => {
    const watermarkMs = reached.watermarkMs - delayMs;
    context.emit(resultFlow({ key, window, value: null }, window.endMs, watermarkMs));
  };

  const takeBack = (): void => pending.takeGone(sendGone);

  const tell = (key: string, session: Session, watermarkMs: number): void => {
    const { startMs, told, slot } = session;
    const endMs = endOf(session);
    if (told !== null && (told.startMs !== startMs || told.endMs !== endMs)) {
      sendGone(key, told);
    }
    session.changed = false;
    session.told = { startMs, endMs };
    const window = session.told;
    sendResult(context, fold, { key, window, slot, timeMs: endMs, watermarkMs });
  };

  return {
    merged(key, { told }) {
      if (told !== null) pending.gone(key, told);
    },
    commit(state) {
      if (!schedule.wanted) return;
      for (const key of state.touched()) pending.changed(key);
      if (!schedule.isDue(context.nowMs())) {
        pending.keep();
        return;
      }
      takeBack();
      pending.take((key, isKnown) => {
        for (const session of state.sessionsOf(key)) {
          if (session.changed || !isKnown) tell(key, session, reached.watermarkMs - delayMs);
        }
      });
    },
    close(ended) {
      if (ended.length === 0) return;
      takeBack();
      for (const [key, session] of [...ended].sort(byEnd)) {
        if (schedule.finals) tell(key, session, endOf(session));
        else if (session.changed) tell(key, session, reached.watermarkMs - delayMs);
      }
    },
  };
};

/** By end, start and key: the same order in every run. */
const byEnd = ([oneKey, one]: EndedSession, [otherKey, other]: EndedSession): number =>
  endOf(one) - endOf(other) || one.startMs - other.startMs || (oneKey < otherKey ? -1 : 1);
