import type { Flow } from '../flow.ts';
import type { SlotFold } from '../folds/slot-fold.ts';
import type { OperatorContext } from '../operator.ts';
import { laggardKey } from './laggards.ts';
import { lateTimeWindow } from './late-time-window.ts';
import type { PartialPane } from './partial-pane.ts';
import { judgingWatermark, type Reached } from './reached.ts';
import { timePanes } from './time-panes.ts';
import type { TouchedSlots } from './touched-slots.ts';
import type { TimeWindow } from './window-kinds.ts';

/** Where records go: all of their windows take them, or only some of them. */
export interface PaneSlots {
  readonly panes: TouchedSlots;
  readonly laggards: TouchedSlots;
}

export interface TakeIntoPanes {
  /** As late records are told of. */
  operator(): string;
  readonly window: TimeWindow;
  readonly fold: SlotFold;
  readonly touched: PaneSlots;
  readonly context: OperatorContext;
  readonly reached: Reached;
}

/** Adds a record to its pane, to that of the laggards when some of its windows have closed, or finds it late. */
export const takeRecordsIntoPanes = ({
  operator,
  window,
  fold,
  touched,
  context,
  reached,
}: TakeIntoPanes) => {
  const panes = timePanes(window);
  return (flow: Flow): void => {
    const { key } = flow;
    if (key === null || flow.value === null) {
      context.skip(key === null ? 'no-key' : 'no-value');
      return;
    }
    const pane = panes.at(flow.timeMs);
    const watermarkMs = judgingWatermark(flow, reached);
    if (watermarkMs < pane.firstClosesMs) fold.add(touched.panes.slot(pane.startMs, key), flow);
    else if (watermarkMs < pane.lastClosesMs) {
      const laggard = laggardKey(panes.firstOpenStart(watermarkMs), key);
      fold.add(touched.laggards.slot(pane.startMs, laggard), flow);
    } else context.late(flow, lateTimeWindow(operator(), window, pane, watermarkMs));
  };
};

/** The same for what a combiner has made of records: it was judged there. */
export const takePartialsIntoPanes = ({
  window,
  fold,
  touched,
  context,
  reached,
}: Omit<TakeIntoPanes, 'operator'>) => {
  const panes = timePanes(window);
  return ({ key, value }: Flow): void => {
    const { paneMs, slot, ...judged } = value as PartialPane;
    const pane = panes.at(paneMs);
    let { firstStartMs } = judged;
    if (reached.watermarkMs >= pane.lastClosesMs) {
      context.skip('closed-while-idle');
      return;
    }
    if (reached.watermarkMs >= pane.firstClosesMs) {
      const openMs = panes.firstOpenStart(reached.watermarkMs);
      firstStartMs = firstStartMs === null ? openMs : Math.max(firstStartMs, openMs);
    }
    if (firstStartMs === null) fold.merge(touched.panes.slot(paneMs, key!), slot);
    else fold.merge(touched.laggards.slot(paneMs, laggardKey(firstStartMs, key!)), slot);
  };
};
