import type { RecordPack } from '@millrace/kafka';
import type { RunningStage, TaskWatermark } from '@millrace/streams';
import type { StageOutputs } from './stage-outputs.ts';

/** What records are handed to. */
export interface Taking {
  readonly running: RunningStage;
  readonly time: TaskWatermark;
  readonly outputs: StageOutputs;
  readonly nowMs: number;
}

/** One topic that a stage reads, for all of its inputs that read it. */
export interface TopicInput {
  readonly topic: string;
  /** The stage's inputs that read the topic, by index. */
  readonly indexes: readonly number[];
  /** Those of them that are sources. */
  readonly sources: readonly number[];
  /** Hands the record on; false when its schema must be learned first, and then nothing was done. */
  take(pack: RecordPack, index: number, into: Taking): boolean;
  learn(pack: RecordPack, index: number, signal: AbortSignal): Promise<void>;
}
