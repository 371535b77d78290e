import type { Flow } from '../flow.ts';
import type { Slot, SlotFold } from '../folds/slot-fold.ts';
import type { OperatorContext, OperatorSpec } from '../operator.ts';
import { createMemoryKeyedStore } from '../stores/memory-keyed-store.ts';
import type { KeyedStore, KeyedStoreSpec } from '../stores/store.ts';
import type { AggregatePlan } from './aggregate-plan.ts';
import { pendingStore } from './pending-updates.ts';
import { sendResult } from './send-result.ts';
import { updateSchedule } from './update-schedule.ts';
import type { CountingWindow } from './window-kinds.ts';

/** What is kept of a key. */
interface Counted {
  /** Records until the next window begins; 0: with the next record. */
  toNext: number;
  /** Windows that are not full, the oldest first. */
  readonly open: OpenCount[];
}

interface OpenCount {
  records: number;
  startMs: number;
  readonly slot: Slot;
}

/**
 * Windows of a number of records, in the order in which they come to the task: where a key's records come
 * from several partitions, other runs may see another order. A full window is handed on at once, at its highest
 * time.
 */
export const countingWindows = (
  name: string,
  { window, fold, emit }: Omit<AggregatePlan<CountingWindow>, 'input'>,
): OperatorSpec => {
  const spec: KeyedStoreSpec<Counted> = {
    name,
    kind: 'keyed',
    shape: fold.shape,
    show: ({ open }) => open.map(({ records, slot }) => ({ records, value: fold.result(slot) })),
  };
  const pendingSpec = pendingStore<true>(name, emit);

  const create: OperatorSpec['create'] = (context) => {
    const store = context.keyed(spec);
    const touched = new Map<string, Counted>();
    const schedule = updateSchedule(emit);
    const pending: KeyedStore<true> = pendingSpec
      ? context.keyed(pendingSpec)
      : createMemoryKeyedStore();
    let reachedMs = Number.NEGATIVE_INFINITY;

    const countedOf = (key: string): Counted => {
      const known = touched.get(key) ?? store.get(key) ?? { toNext: 0, open: [] };
      touched.set(key, known);
      return known;
    };

    const sendUpdates = (): void => {
      for (const [key] of [...pending.entries()]) {
        for (const open of countedOf(key).open) send(context, fold, key, open, reachedMs);
        pending.delete(key);
      }
    };

    return {
      process(flow) {
        const { key } = flow;
        if (key === null || flow.value === null) {
          context.skip(key === null ? 'no-key' : 'no-value');
          return;
        }
        const counted = countedOf(key);
        take(counted, flow, window, fold);
        if (counted.open[0]?.records === window.size) {
          send(context, fold, key, counted.open.shift()!, flow.watermarkMs);
        }
        if (schedule.wanted) pending.set(key, true);
      },
      advance(watermarkMs) {
        reachedMs = watermarkMs;
      },
      flush() {
        if (schedule.wanted && schedule.isDue(context.nowMs())) sendUpdates();
        for (const [key, counted] of touched) store.set(key, counted);
        touched.clear();
      },
    };
  };

  return {
    kind: 'counting',
    stores: pendingSpec ? [spec, pendingSpec] : [spec],
    shape: `counting ${window.size} ${window.advance} ${fold.shape}`,
    create,
  };
};

/** What a user function throws comes before anything has changed. */
const take = (counted: Counted, flow: Flow, { advance }: CountingWindow, fold: SlotFold): void => {
  const { timeMs } = flow;
  let begun: OpenCount | undefined;
  if (counted.toNext === 0) {
    begun = { records: 1, startMs: timeMs, slot: fold.create() };
    fold.add(begun.slot, flow);
  }
  for (const open of counted.open) {
    fold.add(open.slot, flow);
    open.records += 1;
    if (timeMs < open.startMs) open.startMs = timeMs;
  }
  if (begun !== undefined) {
    counted.open.push(begun);
    counted.toNext = advance;
  }
  counted.toNext -= 1;
};

const send = (
  context: OperatorContext,
  fold: SlotFold,
  key: string,
  { startMs, slot }: OpenCount,
  watermarkMs: number,
): void => {
  const timeMs = slot.maxMs;
  const window = { startMs, endMs: timeMs };
  sendResult(context, fold, { key, window, slot, timeMs, watermarkMs });
};
