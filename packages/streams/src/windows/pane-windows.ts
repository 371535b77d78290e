import type { OperatorSpec } from '../operator.ts';
import type { KeyedStoreSpec } from '../stores/store.ts';
import {
  type AggregatePlan,
  aggregateShape,
  slotStore,
  timeWindowShape,
} from './aggregate-plan.ts';
import { ofLaggardKey } from './laggards.ts';
import { createPaneResults } from './pane-results.ts';
import { pendingStore } from './pending-updates.ts';
import type { Reached } from './reached.ts';
import { type PaneSlots, takePartialsIntoPanes, takeRecordsIntoPanes } from './take-into-panes.ts';
import { timePanes } from './time-panes.ts';
import { createTouchedSlots } from './touched-slots.ts';
import type { TimeWindow } from './window-kinds.ts';
import {
  createWindowOutput,
  resultDelayMs,
  type WindowOutput,
  type WindowOutputOptions,
} from './window-output.ts';

/** The one key of the store that knows how far closing has come. */
const CLOSED = 'closed';

/**
 * Overlapping windows whose folds can be merged: a record changes the accumulator of its pane only, and
 * windows are put together from panes when they are handed on. Records that came after some of their windows had closed
 * are kept apart, by the first window that takes them.
 */
export const paneWindows = (name: string, plan: AggregatePlan<TimeWindow>): OperatorSpec => {
  const { window, fold, emit } = plan;
  const { sizeMs, advanceMs, graceMs } = window;
  const paneSpec = slotStore(name, fold);
  const laggardSpec = slotStore(`${name}-laggards`, fold);
  /** The start of the last window that has closed: its panes may live on for later ones. */
  const closedSpec: KeyedStoreSpec<number> = { name: `${name}-closed`, kind: 'keyed', shape: 'v1' };
  const pendingSpec = pendingStore<number[]>(name, emit);
  const delayMs = resultDelayMs(emit, window);

  const create: OperatorSpec['create'] = (context) => {
    const stores = { panes: context.timed(paneSpec), laggards: context.timed(laggardSpec) };
    const closed = context.keyed(closedSpec);
    const touched = {
      panes: createTouchedSlots(fold, stores.panes),
      laggards: createTouchedSlots(fold, stores.laggards),
    };
    const reached: Reached = { watermarkMs: Number.NEGATIVE_INFINITY };
    const results = createPaneResults({ window, fold, ...stores });
    const panes = timePanes(window);

    const firstOpenStart = (): number =>
      (closed.get(CLOSED) ?? Number.NEGATIVE_INFINITY) + advanceMs;

    const slotsOf: WindowOutputOptions['slotsOf'] = (key, starts, visit) => {
      const firstMs = firstOpenStart();
      const open = starts[0]! >= firstMs ? starts : starts.filter((startMs) => startMs >= firstMs);
      results.open(key, open, visit);
    };
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
      if (output.wantsChanges) tellChanges(touched, window, firstOpenStart(), output);
      touched.panes.writeBack();
      touched.laggards.writeBack();
    };

    /** The start of the next window to close; Infinity when there is none. */
    const nextStart = (): number => {
      const first = Math.min(
        touched.panes.firstMs,
        touched.laggards.firstMs,
        stores.panes.firstTimeMs() ?? Number.POSITIVE_INFINITY,
        stores.laggards.firstTimeMs() ?? Number.POSITIVE_INFINITY,
      );
      if (first === Number.POSITIVE_INFINITY) return first;
      return Math.max(panes.at(first).firstStartMs, firstOpenStart());
    };

    const closeUpTo = (lastStartMs: number): void => {
      writeBack();
      output.beforeClose();
      for (let startMs = nextStart(); startMs <= lastStartMs; startMs = nextStart()) {
        output.close(startMs, () => results.window(startMs));
        closed.set(CLOSED, startMs);
        stores.panes.dropBefore(startMs + advanceMs);
        stores.laggards.dropBefore(startMs + advanceMs);
      }
    };

    const taking = { operator: () => name, window, fold, touched, context, reached };
    return {
      process:
        plan.input === 'partials' ? takePartialsIntoPanes(taking) : takeRecordsIntoPanes(taking),
      advance(watermarkMs) {
        const lastStartMs = watermarkMs - sizeMs - graceMs;
        if (nextStart() <= lastStartMs) closeUpTo(lastStartMs);
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
    stores: [paneSpec, laggardSpec, closedSpec, ...(pendingSpec ? [pendingSpec] : [])],
    ports: ['main', 'late'],
    shape: aggregateShape(timeWindowShape(window), plan),
    watermarkDelayMs: delayMs,
    closeAheadMs: sizeMs + graceMs,
    create,
  };
};

/** Every open window with a touched pane in it has changed. */
const tellChanges = (
  touched: PaneSlots,
  window: TimeWindow,
  firstOpenStartMs: number,
  output: WindowOutput,
): void => {
  const panes = timePanes(window);
  const tell = (paneMs: number, key: string, fromMs: number): void => {
    const { firstStartMs, lastStartMs } = panes.at(paneMs);
    let startMs = Math.max(fromMs, firstStartMs, firstOpenStartMs);
    for (; startMs <= lastStartMs; startMs += window.advanceMs) output.changed(startMs, key);
  };
  touched.panes.each((paneMs, key) => tell(paneMs, key, firstOpenStartMs));
  touched.laggards.each((paneMs, laggard) => {
    const { firstStartMs, key } = ofLaggardKey(laggard);
    tell(paneMs, key, firstStartMs);
  });
};
