import type { Flow } from '../flow.ts';
import type { OperatorContext, OperatorSpec } from '../operator.ts';
import type { KeyedStoreSpec } from '../stores/store.ts';
import type { AggregatePlan } from './aggregate-plan.ts';
import { pendingStore } from './pending-updates.ts';
import { judgingWatermark, type Reached } from './reached.ts';
import { slidingStore } from './sliding-entries.ts';
import { createSlidingOutput, type TouchedTimes } from './sliding-output.ts';
import { createSlidingState, type SlidingState } from './sliding-state.ts';
import type { SlidingWindow } from './window-kinds.ts';

/** The one key of the store that knows how far closing has come. */
const CLOSED = 'closed';

/**
 * Sliding windows: records are kept by key and time, those of one time as one, and windows are put together from
 * them when they are handed on. What a window costs grows with the number of different times in it.
 */
export const slidingWindows = (
  name: string,
  { window, fold, emit }: Omit<AggregatePlan<SlidingWindow>, 'input'>,
): OperatorSpec => {
  const { differenceMs, graceMs } = window;
  const spec = slidingStore(name, fold);
  /** The end of the last window that has closed. */
  const closedSpec: KeyedStoreSpec<number> = { name: `${name}-closed`, kind: 'keyed', shape: 'v1' };
  const pendingSpec = pendingStore<TouchedTimes>(name, emit);
  const delayMs = graceMs + differenceMs + 1;

  const create: OperatorSpec['create'] = (context) => {
    const reached: Reached = { watermarkMs: Number.NEGATIVE_INFINITY };
    const closed = context.keyed(closedSpec);
    const closedMs = () => closed.get(CLOSED) ?? Number.NEGATIVE_INFINITY;
    const state = createSlidingState(context.timed(spec), differenceMs, fold);
    const output = createSlidingOutput({
      context,
      fold,
      emit,
      pendingSpec,
      reached,
      delayMs,
      state,
      window,
    });

    return {
      process: taker(name, window, context, reached, state),
      advance(watermarkMs) {
        const endMs = watermarkMs - graceMs - 1;
        if (endMs >= state.earliestEndMs()) {
          state.writeBack(output.touched);
          output.beforeClose(closedMs());
          if (output.close(state.takeEnded(closedMs(), endMs))) closed.set(CLOSED, endMs);
          state.forgetBefore(endMs - differenceMs);
        }
        reached.watermarkMs = watermarkMs;
      },
      flush() {
        state.writeBack(output.touched);
        output.commit(closedMs());
      },
    };
  };

  return {
    kind: 'sliding',
    stores: [spec, closedSpec, ...(pendingSpec ? [pendingSpec] : [])],
    ports: ['main', 'late'],
    shape: `sliding ${differenceMs} ${fold.shape}`,
    watermarkDelayMs: delayMs,
    closeAheadMs: differenceMs + graceMs + 2,
    create,
  };
};

/** Windows are named by their end here: those that have a time in them end up to `differenceMs` after it. */
const taker = (
  operator: string,
  { differenceMs, graceMs }: SlidingWindow,
  context: OperatorContext,
  reached: Reached,
  state: SlidingState,
) => {
  return (flow: Flow): void => {
    const { key, timeMs } = flow;
    if (key === null || flow.value === null) {
      context.skip(key === null ? 'no-key' : 'no-value');
      return;
    }
    const firstOpenEndMs = judgingWatermark(flow, reached) - graceMs;
    if (firstOpenEndMs <= timeMs + differenceMs) {
      state.add(
        key,
        flow,
        firstOpenEndMs <= Math.max(timeMs, differenceMs) ? null : firstOpenEndMs,
      );
      return;
    }
    context.late(flow, {
      operator,
      windowStartMs: timeMs,
      windowEndMs: timeMs + differenceMs,
      lateByMs: firstOpenEndMs - timeMs - differenceMs - 1,
    });
  };
};
