import type { Slot, SlotFold } from '../folds/slot-fold.ts';
import type { OperatorSpec } from '../operator.ts';

/** Before a repartition: makes one partial result of all records of a key that came since the last commit. */
export const combineKeys = (fold: SlotFold): OperatorSpec => ({
  kind: 'combine',
  shape: fold.shape,
  create(context) {
    const touched = new Map<string, { readonly slot: Slot; watermarkMs: number }>();
    return {
      process(flow) {
        const { key, watermarkMs } = flow;
        if (key === null || flow.value === null) {
          context.skip(key === null ? 'no-key' : 'no-value');
          return;
        }
        const known = touched.get(key);
        if (known !== undefined) {
          fold.add(known.slot, flow);
          known.watermarkMs = watermarkMs;
          return;
        }
        const slot = fold.create();
        fold.add(slot, flow);
        touched.set(key, { slot, watermarkMs });
      },
      flush() {
        for (const [key, { slot, watermarkMs }] of touched) {
          context.emit({ key, value: slot, timeMs: slot.maxMs, watermarkMs });
        }
        touched.clear();
      },
    };
  },
});
