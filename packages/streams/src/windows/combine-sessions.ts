import type { SlotFold } from '../folds/slot-fold.ts';
import type { OperatorSpec } from '../operator.ts';
import { judgeSessions } from './judge-sessions.ts';
import type { PartialSession } from './partial-session.ts';
import type { Reached } from './reached.ts';
import { createSessionLists, type Session } from './session-list.ts';
import type { SessionWindow } from './window-kinds.ts';

/**
 * Before a repartition: makes sessions of the records that came since the last commit, and sends them instead.
 * `operator`: the aggregate behind the repartition, under whose name late records are told of.
 */
export const combineSessions = (
  operator: () => string,
  window: SessionWindow,
  fold: SlotFold,
): OperatorSpec => ({
  kind: 'combine',
  ports: ['main', 'late'],
  shape: `session ${window.gapMs} ${fold.shape}`,
  create(context) {
    const reached: Reached = { watermarkMs: Number.NEGATIVE_INFINITY };
    const touched = new Map<string, Session[]>();
    const nothing = () => undefined;
    const { gapMs } = window;
    const lists = createSessionLists({ gapMs, fold, opened: nothing, merged: nothing });
    return {
      process: judgeSessions(operator, window, context, reached, (key, flow) => {
        let sessions = touched.get(key);
        if (sessions === undefined) {
          sessions = [];
          touched.set(key, sessions);
        }
        lists.add(sessions, flow);
      }),
      advance(watermarkMs) {
        reached.watermarkMs = watermarkMs;
      },
      flush() {
        for (const [key, sessions] of touched) {
          for (const { startMs, slot } of sessions) {
            const value: PartialSession = { startMs, slot };
            context.emit({ key, value, timeMs: slot.maxMs, watermarkMs: slot.maxMs });
          }
        }
        touched.clear();
      },
    };
  },
});
