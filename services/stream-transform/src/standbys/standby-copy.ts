/**
 * A copy of the state of one task that another instance works on: kept up to date with the changelogs, never processed
 * with. It knows its stores and how far it is; who reads the changelogs, and what becomes of it, is in `follow-standbys.ts`.
 */
import type { ConsumedBatch, Reading, TailStart, TopicPartition } from '@millrace/kafka';
import type { TaskState } from '../state/task-state.ts';
import type { MigratedValues } from '../task/migrate-values.ts';
import { restoreRows } from '../task/restore-state.ts';
import type { TaskId } from '../task/task-id.ts';

export interface StandbyCopy {
  readonly id: TaskId;
  readonly state: TaskState;
  /** Where each changelog is to be followed from. */
  readonly starts: readonly TailStart[];
  /** Takes records of one of its changelogs; may write a checkpoint. Throws `transform.state-corrupt`. */
  take(batch: ConsumedBatch): void;
  /** Writes the checkpoint that is due, also when nothing comes. */
  tick(): void;
  /** Records that it is behind; undefined until the broker has told of every changelog. */
  lag(reading: (partition: TopicPartition) => Reading | undefined): number | undefined;
}

export const createStandbyCopy = (
  id: TaskId,
  state: TaskState,
  values: ReadonlyMap<string, MigratedValues>,
  topicOf: (store: string) => string,
): StandbyCopy => {
  const storeOf = new Map(state.names.map((name) => [topicOf(name), name]));
  const starts = state.names.map((name) => ({
    ...{ topic: topicOf(name), partition: id.partition },
    fromOffset: state.nextOffset(name),
  }));
  return {
    ...{ id, state, starts },
    take({ topic, records, nextOffset }) {
      const store = storeOf.get(topic)!;
      const migrated = values.get(store)!;
      restoreRows(state, store, records, migrated);
      // What the task has to migrate is read again by the task: the changelog is not done up to here.
      if (!migrated.isStrange) state.restored(new Map([[store, nextOffset]]));
    },
    tick: () => state.restored(new Map()),
    lag(reading) {
      let lag = 0;
      for (const start of starts) {
        const { offset, endOffset } = reading(start) ?? {};
        if (offset === undefined || endOffset === undefined) return undefined;
        lag += Math.max(0, endOffset - offset);
      }
      return lag;
    },
  };
};
