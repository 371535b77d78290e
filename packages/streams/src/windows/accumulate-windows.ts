import type { Flow } from '../flow.ts';
import type { OperatorContext, OperatorSpec } from '../operator.ts';
import {
  type AggregatePlan,
  aggregateShape,
  slotStore,
  timeWindowShape,
} from './aggregate-plan.ts';
import { lateTimeWindow } from './late-time-window.ts';
import type { PartialPane } from './partial-pane.ts';
import { pendingStore } from './pending-updates.ts';
import { judgingWatermark, type Reached } from './reached.ts';
import { timePanes } from './time-panes.ts';
import { createTouchedSlots, type TouchedSlots } from './touched-slots.ts';
import type { TimeWindow } from './window-kinds.ts';
import { createWindowOutput, resultDelayMs, type WindowOutputOptions } from './window-output.ts';

/**
 * Keeps an accumulator for each window of a key, by the window's start, and adds a record to every window that
 * takes it: all there is to do for tumbling windows, and for overlapping ones whose folds cannot be merged.
 */
export const accumulateWindows = (name: string, plan: AggregatePlan<TimeWindow>): OperatorSpec => {
  const { window, fold, emit } = plan;
  const { sizeMs, graceMs } = window;
  const spec = slotStore(name, fold);
  const pendingSpec = pendingStore<number[]>(name, emit);
  const delayMs = resultDelayMs(emit, window);

  const create: OperatorSpec['create'] = (context) => {
    const store = context.timed(spec);
    const touched = createTouchedSlots(fold, store);
    const slotsOf: WindowOutputOptions['slotsOf'] = (key, starts, visit) => {
      for (const startMs of starts) {
        const slot = store.get(startMs, key);
        if (slot !== undefined) visit(startMs, slot);
      }
    };
    const reached: Reached = { watermarkMs: Number.NEGATIVE_INFINITY };
    const output = createWindowOutput({
      context,
      fold,
      emit,
      pendingSpec,
      sizeMs,
      delayMs,
      reached,
      slotsOf,
    });

    const writeBack = (): void => {
      if (output.wantsChanges) touched.each((startMs, key) => output.changed(startMs, key));
      touched.writeBack();
    };

    const close = (startMs: number): void => {
      output.close(startMs, () => store.at(startMs));
      store.dropBefore(startMs + 1);
    };

    return {
      process:
        plan.input === 'partials'
          ? takePartials(touched, plan, context, reached)
          : takeRecords(name, touched, plan, context, reached),
      advance(watermarkMs) {
        const closedMs = watermarkMs - sizeMs - graceMs;
        if (touched.firstMs <= closedMs || (store.firstTimeMs() ?? Infinity) <= closedMs) {
          writeBack();
          output.beforeClose();
          for (;;) {
            const startMs = store.firstTimeMs() ?? Infinity;
            if (startMs > closedMs) break;
            close(startMs);
          }
        }
        reached.watermarkMs = watermarkMs;
      },
      flush() {
        writeBack();
        output.commit();
      },
    };
  };

  return {
    kind: 'window',
    stores: pendingSpec ? [spec, pendingSpec] : [spec],
    ports: ['main', 'late'],
    shape: aggregateShape(timeWindowShape(window), plan),
    watermarkDelayMs: delayMs,
    closeAheadMs: sizeMs + graceMs,
    create,
  };
};

const takePartials = (
  touched: TouchedSlots,
  { window, fold }: AggregatePlan<TimeWindow>,
  context: OperatorContext,
  reached: Reached,
) => {
  const panes = timePanes(window);
  return ({ key, value }: Flow): void => {
    const { paneMs, slot } = value as PartialPane;
    if (reached.watermarkMs >= panes.at(paneMs).lastClosesMs) context.skip('closed-while-idle');
    else fold.merge(touched.slot(paneMs, key!), slot);
  };
};

const takeRecords = (
  name: string,
  touched: TouchedSlots,
  { window, fold }: AggregatePlan<TimeWindow>,
  context: OperatorContext,
  reached: Reached,
) => {
  const panes = timePanes(window);

  /** Windows that have closed for this record do not get it. */
  const takeEach = (key: string, flow: Flow, watermarkMs: number): void => {
    const { firstStartMs, lastStartMs, firstClosesMs } = panes.at(flow.timeMs);
    let startMs = firstStartMs;
    if (watermarkMs >= firstClosesMs) startMs = panes.firstOpenStart(watermarkMs);
    for (; startMs <= lastStartMs; startMs += window.advanceMs) {
      fold.add(touched.slot(startMs, key), flow);
    }
  };

  return (flow: Flow): void => {
    const { key } = flow;
    if (key === null || flow.value === null) {
      context.skip(key === null ? 'no-key' : 'no-value');
      return;
    }
    const pane = panes.at(flow.timeMs);
    const watermarkMs = judgingWatermark(flow, reached);
    if (watermarkMs >= pane.lastClosesMs) {
      context.late(flow, lateTimeWindow(name, window, pane, watermarkMs));
    } else if (pane.firstStartMs === pane.lastStartMs) {
      fold.add(touched.slot(pane.lastStartMs, key), flow);
    } else takeEach(key, flow, watermarkMs);
  };
};
