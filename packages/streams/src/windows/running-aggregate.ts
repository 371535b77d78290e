import { isEmpty, type Slot, type SlotFold, slotCodecOf } from '../folds/slot-fold.ts';
import type { OperatorSpec } from '../operator.ts';
import type { KeyedStoreSpec } from '../stores/store.ts';
import { type AggregatePlan, aggregateShape } from './aggregate-plan.ts';
import type { Emission } from './emission.ts';
import { updateSchedule } from './update-schedule.ts';
import type { KeyResult } from './window-result.ts';

/**
 * One accumulator for all records of a key, for ever. Changes are handed on once a commit, or once in a while;
 * keys whose last change has not been told yet are state then, so that a restart does not forget them.
 */
export const runningAggregate = (
  name: string,
  fold: SlotFold,
  emit: Emission,
  input: AggregatePlan<never>['input'],
): OperatorSpec => {
  const codec = slotCodecOf(fold);
  const spec: KeyedStoreSpec<Slot> = {
    name,
    kind: 'keyed',
    shape: fold.shape,
    show: fold.result,
    slots: fold,
    ...(codec !== undefined && { codec }),
  };
  const pendingSpec: KeyedStoreSpec<true> = { name: `${name}-pending`, kind: 'keyed', shape: 'v1' };
  const waits = typeof emit === 'object';

  const create: OperatorSpec['create'] = (context) => {
    const store = context.keyed(spec);
    const pending = waits ? context.keyed(pendingSpec) : undefined;
    const touched = new Map<string, Slot>();
    const schedule = updateSchedule(emit);
    let reachedMs = Number.NEGATIVE_INFINITY;

    const slotOf = (key: string): Slot => {
      let slot = touched.get(key);
      if (slot === undefined) {
        slot = store.get(key) ?? fold.create();
        touched.set(key, slot);
      }
      return slot;
    };

    const send = (key: string, slot: Slot): void => {
      const flow = { key, timeMs: slot.maxMs, watermarkMs: reachedMs };
      let value: unknown;
      try {
        value = fold.result(slot);
      } catch (error) {
        context.failed({ ...flow, value: { key, value: null } }, error, undefined);
        return;
      }
      context.emit({ ...flow, value: { key, value } satisfies KeyResult<unknown> });
    };

    const sendPending = (keys: Iterable<string>): void => {
      for (const key of keys) {
        send(key, store.get(key)!);
        pending?.delete(key);
      }
    };

    return {
      process(flow) {
        const { key } = flow;
        if (input === 'partials') fold.merge(slotOf(key!), flow.value as Slot);
        else if (key === null || flow.value === null) {
          context.skip(key === null ? 'no-key' : 'no-value');
        } else fold.add(slotOf(key), flow);
      },
      advance(watermarkMs) {
        reachedMs = watermarkMs;
      },
      flush() {
        const keys: string[] = [];
        for (const [key, slot] of touched) {
          if (isEmpty(slot)) continue;
          store.set(key, slot);
          pending?.set(key, true);
          keys.push(key);
        }
        touched.clear();
        if (!schedule.isDue(context.nowMs())) return;
        sendPending(pending === undefined ? keys : [...pending.entries()].map(([key]) => key));
      },
    };
  };

  return {
    kind: 'aggregate',
    stores: waits ? [spec, pendingSpec] : [spec],
    shape: aggregateShape('running', { fold, input }),
    create,
  };
};
