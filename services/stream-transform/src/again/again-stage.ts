/**
 * One stage of a transform on one partition, for records that go through it alone: no event time moves on, nothing is flushed, and where
 * anything of a record is refused nothing of it leaves. Operators without state on its way give what they gave at its time.
 */
import { recordRows } from '@millrace/kafka';
import {
  createMemoryKeyedStore,
  createMemoryTimedStore,
  type KeyedStore,
  type Stores,
} from '@millrace/streams';
import type { StagePlan } from '../plan/transform-plan.ts';
import type { Outbox } from '../task/outbox.ts';
import type { StageParts } from '../task/stage-parts.ts';
import { createStageRunner } from '../task/stage-runner.ts';
import type { Origin } from './find-origin.ts';

export interface Refusal {
  readonly code: string;
  readonly message: string;
}

export interface AgainStage {
  /** Results are in the outbox when it resolves with nothing. */
  take(origin: Origin, signal: AbortSignal): Promise<Refusal | undefined>;
}

export interface AgainStageOptions {
  readonly plan: StagePlan;
  readonly partition: number;
  readonly parts: StageParts;
  readonly outbox: Outbox;
  globalTable<V>(source: string): Pick<KeyedStore<V>, 'get' | 'entries' | 'size'>;
  nowMs(): number;
}

/** Of operators that no record here comes to. */
const unused: Stores = {
  keyed: () => createMemoryKeyedStore(),
  timed: ({ byKey = false }) => createMemoryTimedStore({ byKey }),
};

const MESSAGE_MAX = 1000;

export const createAgainStage = (options: AgainStageOptions): AgainStage => {
  const { plan, partition, parts, outbox, nowMs } = options;
  let refusal: Refusal | undefined;
  const refuse = (code: string, message: string): void => {
    refusal ??= { code, message: message.slice(0, MESSAGE_MAX) };
  };
  const runner = createStageRunner({
    ...{ plan, outbox, stores: unused, nowMs, globalTable: options.globalTable },
    inputs: parts.inputs(plan, partition),
    outputs: parts.outputs(plan, partition, outbox, () => undefined),
    events: { processed: () => undefined, late: () => undefined, skipped: () => undefined },
    letters: {
      failed: (_place, { code, message }) => refuse(code, message),
      heldFailed: (_record, { code, message }) => refuse(code, message),
      rejected: ({ operator }, reason) =>
        refuse('transform.record-rejected', `${operator}: ${reason}`),
    },
  });
  return {
    async take({ topic, record }, signal) {
      refusal = undefined;
      const { pack, from } = recordRows([record]).spans[0]!;
      while (runner.process(topic, pack, from, from + 1) === from)
        await runner.learn(topic, pack, from, signal);
      await runner.settle();
      if (refusal !== undefined) outbox.rollBack();
      return refusal;
    },
  };
};
