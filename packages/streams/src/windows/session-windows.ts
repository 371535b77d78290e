import type { OperatorSpec } from '../operator.ts';
import { type AggregatePlan, aggregateShape } from './aggregate-plan.ts';
import { judgeSessions } from './judge-sessions.ts';
import type { PartialSession } from './partial-session.ts';
import { pendingStore } from './pending-updates.ts';
import type { Reached } from './reached.ts';
import { createSessionOutput } from './session-output.ts';
import { createSessionState } from './session-state.ts';
import { sessionStore } from './session-store.ts';
import type { SessionWindow } from './window-kinds.ts';
import type { WindowBounds } from './window-result.ts';

/**
 * Sessions. Whether a record is late depends on nothing but its partition; one that is not may still reach a
 * session that ended up to a gap before it. So sessions close one gap later: none that has closed could have grown,
 * however partitions interleave.
 */
export const sessionWindows = (name: string, plan: AggregatePlan<SessionWindow>): OperatorSpec => {
  const { window, fold, emit } = plan;
  const { gapMs, graceMs } = window;
  const spec = sessionStore(name, fold);
  const pendingSpec = pendingStore<WindowBounds[]>(name, emit);
  const openMs = 2 * gapMs + graceMs;

  const create: OperatorSpec['create'] = (context) => {
    const reached: Reached = { watermarkMs: Number.NEGATIVE_INFINITY };
    const output = createSessionOutput({
      context,
      fold,
      emit,
      pendingSpec,
      reached,
      delayMs: openMs,
    });
    const state = createSessionState(context.keyed(spec), window, fold, output.merged);
    return {
      process:
        plan.input === 'partials'
          ? ({ key, value }) => {
              const { startMs, slot } = value as PartialSession;
              if (slot.maxMs + gapMs + graceMs < reached.watermarkMs) {
                context.skip('closed-while-idle');
              } else state.absorb(key!, startMs, slot);
            }
          : judgeSessions(() => name, window, context, reached, state.add),
      advance(watermarkMs) {
        output.close(state.takeEnded(watermarkMs - openMs - 1));
        reached.watermarkMs = watermarkMs;
      },
      flush() {
        output.commit(state);
        state.writeBack();
      },
    };
  };

  return {
    kind: 'session',
    stores: pendingSpec ? [spec, pendingSpec] : [spec],
    ports: ['main', 'late'],
    shape: aggregateShape(`session ${gapMs}`, plan),
    watermarkDelayMs: openMs,
    closeAheadMs: openMs + 1,
    create,
  };
};
