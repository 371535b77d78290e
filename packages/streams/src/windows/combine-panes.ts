import type { SlotFold } from '../folds/slot-fold.ts';
import type { OperatorSpec } from '../operator.ts';
import { timeWindowShape } from './aggregate-plan.ts';
import { ofLaggardKey } from './laggards.ts';
import type { PartialPane } from './partial-pane.ts';
import type { Reached } from './reached.ts';
import { takeRecordsIntoPanes } from './take-into-panes.ts';
import { createTouchedSlots } from './touched-slots.ts';
import type { TimeWindow } from './window-kinds.ts';

/**
 * Before a repartition: makes one partial result of all records of a key and pane that came since the last commit, and
 * sends that instead of them. It keeps nothing over a commit. Records are judged late here, by their own
 * watermark. `operator`: the aggregate behind the repartition, under whose name late records are told of.
 */
export const combinePanes = (
  operator: () => string,
  window: TimeWindow,
  fold: SlotFold,
): OperatorSpec => ({
  kind: 'combine',
  ports: ['main', 'late'],
  shape: `${timeWindowShape(window)} ${fold.shape}`,
  create(context) {
    const reached: Reached = { watermarkMs: Number.NEGATIVE_INFINITY };
    const touched = {
      panes: createTouchedSlots(fold, undefined),
      laggards: createTouchedSlots(fold, undefined),
    };

    const send = (key: string, partial: PartialPane): void => {
      const { maxMs } = partial.slot;
      context.emit({ key, value: partial, timeMs: maxMs, watermarkMs: maxMs });
    };

    return {
      process: takeRecordsIntoPanes({ operator, window, fold, touched, context, reached }),
      advance(watermarkMs) {
        reached.watermarkMs = watermarkMs;
      },
      flush() {
        touched.panes.each((paneMs, key, slot) => send(key, { paneMs, firstStartMs: null, slot }));
        touched.laggards.each((paneMs, laggard, slot) => {
          const { firstStartMs, key } = ofLaggardKey(laggard);
          send(key, { paneMs, firstStartMs, slot });
        });
        touched.panes.writeBack();
        touched.laggards.writeBack();
      },
    };
  },
});
