import { MillraceError } from '@millrace/contracts';
import type { RecordPack } from '@millrace/kafka';
import {
  closeAheadOf,
  createTaskWatermark,
  type KeyedStore,
  type PartitionTimes,
  type RunningStage,
  type Stage,
  type Stores,
  startStage,
  type TaskWatermark,
  type TaskWatermarkState,
  type WatermarkInput,
} from '@millrace/streams';
import type { InputPlan, StagePlan } from '../plan/transform-plan.ts';
import type { DeadLetters, InputPlace } from './dead-letters.ts';
import type { Outbox } from './outbox.ts';
import type { StageOutputs } from './stage-outputs.ts';
import type { TopicInput } from './topic-input.ts';

/** What a task tells of its records. */
export interface TaskEvents {
  processed(topic: string, records: number): void;
  late(operator: string): void;
  skipped(operator: string, reason: string): void;
}

/**
 * One stage at work on one partition: records in, records out, event time. Synchronous, without I/O, and
 * without a notion of transactions: what it has done since a commit is thrown away with it.
 */
export interface StageRunner {
  /**
   * Takes the records from `from` to before `to`; answers with how far it came, which is less when a record's
   * schema must be learned first. Throws what stops the task.
   */
  process(topic: string, pack: RecordPack, from: number, to: number): number;
  learn(topic: string, pack: RecordPack, index: number, signal: AbortSignal): Promise<void>;
  /** More is to be read of the topic: its sources are not idle. */
  waiting(topic: string): void;
  /** Moves event time on as far as all inputs allow. */
  advance(): void;
  /** Resolves when asynchronous work is done; undefined when there is none. */
  settle(): Promise<void> | undefined;
  /** Adds what operators held back for the commit, and how far event time has come, to the outbox. */
  flush(): void;
  /** What is committed beside the offset of the topic. */
  times(topic: string): PartitionTimes;
  watermarkMs(): number;
}

export interface StageRunnerOptions {
  readonly plan: StagePlan;
  readonly inputs: readonly TopicInput[];
  readonly outputs: StageOutputs;
  readonly outbox: Outbox;
  readonly stores: Stores;
  globalTable<V>(source: string): Pick<KeyedStore<V>, 'get' | 'entries' | 'size'>;
  /** What becomes of records of which nothing can be made. */
  readonly letters: DeadLetters;
  readonly state?: TaskWatermarkState;
  readonly events: TaskEvents;
  nowMs(): number;
}

export const watermarkInputOf = (input: InputPlan, { untimed: all }: Stage): WatermarkInput => {
  const untimed = all.has(input.node.name);
  if (input.kind === 'repartition') return { kind: 'repartition', senders: input.senders, untimed };
  const { disorderMs, idle } = input.node.options;
  return { kind: 'source', disorderMs, ...(idle !== undefined && { idle }), untimed };
};

export const createStageRunner = (options: StageRunnerOptions): StageRunner => {
  const { plan, outputs, outbox, events, letters, nowMs } = options;
  const time: TaskWatermark = createTaskWatermark(
    plan.inputs.map((input) => watermarkInputOf(input, plan.stage)),
    {
      nowMs: nowMs(),
      closeAheadMs: closeAheadOf(plan.stage),
      ...(options.state !== undefined && { state: options.state }),
    },
  );
  /** The record at hand; one object for all, since there are many. */
  const place = {} as InputPlace;
  const running: RunningStage = startStage(plan.stage, {
    stores: options.stores,
    globalTable: options.globalTable,
    output: (node, flow) => outputs.write(node, flow),
    late: (_flow, { operator }) => events.late(operator),
    skipped: events.skipped,
    rejected: letters.rejected,
    failed: letters.heldFailed,
    origin: (): InputPlace => ({ ...place }),
    nowMs,
  });
  const byTopic = new Map(options.inputs.map((input) => [input.topic, input]));
  const inputOf = (topic: string): TopicInput => byTopic.get(topic)!;

  return {
    process(topic, pack, from, to) {
      const input = inputOf(topic);
      const taking = { running, time, outputs, nowMs: nowMs() };
      place.topic = topic;
      place.pack = pack;
      let index = from;
      for (; index < to; index += 1) {
        place.index = index;
        outbox.begin();
        try {
          if (!input.take(pack, index, taking)) break;
        } catch (error) {
          if (!(error instanceof MillraceError)) throw error;
          outbox.rollBack();
          letters.failed(place, error);
        }
      }
      events.processed(topic, index - from);
      return index;
    },
    learn: (topic, pack, index, signal) => inputOf(topic).learn(pack, index, signal),
    waiting(topic) {
      const now = nowMs();
      for (const input of inputOf(topic).sources) time.waiting(input, now);
    },
    advance() {
      running.advance(time.advance(nowMs()));
    },
    settle: () => running.settle(),
    flush() {
      running.advance(time.advance(nowMs()));
      running.tick(nowMs());
      running.flush();
      outputs.mark((output) => time.marker(time.watermarkMs() - running.watermarkOf(output)));
    },
    times: (topic) => ({
      taskWatermarkMs: time.watermarkMs(),
      origins: originsOf(inputOf(topic), time.state()),
    }),
    watermarkMs: time.watermarkMs,
  };
};

const originsOf = ({ indexes }: TopicInput, { inputs }: TaskWatermarkState) =>
  indexes.flatMap((index) => {
    const state = inputs[index]!;
    return typeof state === 'number' ? [{ watermarkMs: state, status: 'active' as const }] : state;
  });
