/**
 * What is known of each replay, so that one that was killed goes on where it stood: one record an id on a
 * compacted topic of the platform's own, written before the step that it announces.
 */
import { internalTopic } from '@millrace/contracts';
import { createAdmin, createProducer, type KafkaConnection, readPartition } from '@millrace/kafka';

export type ReplayMode = 'missing' | 'replace' | 'side-table';

/**
 * planned: nothing was changed yet. cleared: the rows to be replaced are gone, or there were none to clear.
 * landed: everything is in its table. exchanging: the side table is taking the table's place. exchanged: it
 * has; what landed in the old table meanwhile is being landed in the new one. done: nothing is left to do.
 */
export type ReplayPhase = 'planned' | 'cleared' | 'landed' | 'exchanging' | 'exchanged' | 'done';

export interface ReplayRange {
  readonly partition: number;
  readonly from: number;
  /** Exclusive. */
  readonly end: number;
}

export interface Replay {
  readonly id: string;
  /** Id of the contract. */
  readonly contract: string;
  readonly topic: string;
  readonly table: string;
  readonly mode: ReplayMode;
  readonly phase: ReplayPhase;
  readonly ranges: readonly ReplayRange[];
  /** Values of `_incarnation` that rows of the topic as it is now have. */
  readonly incarnations: readonly number[];
  /** ClickHouse's time when it was planned: rows that are older may be replaced, its own never. */
  readonly plannedAt: string;
  /** Of mode side-table. */
  readonly side?: { readonly table: string; readonly uuid: string };
}

export interface ReplayStore {
  save(replay: Replay): Promise<void>;
  all(): Promise<readonly Replay[]>;
  forget(id: string): Promise<void>;
  close(): Promise<void>;
}

export const replaysTopic = internalTopic('sink.replays');

/** Makes the topic when it is missing. */
export async function openReplayStore(connection: KafkaConnection): Promise<ReplayStore> {
  const admin = createAdmin(connection);
  await admin.createTopics([
    {
      ...{ name: replaysTopic, partitions: 1, replicationFactor: -1 },
      config: { 'cleanup.policy': 'compact' },
    },
  ]);
  await admin.close();
  const producer = createProducer(connection);
  const write = async (id: string, value: Buffer | null): Promise<void> => {
    const records = [{ key: Buffer.from(id), value }];
    await producer.send([{ topic: replaysTopic, partition: 0, records }]);
  };
  return {
    save: (replay) => write(replay.id, Buffer.from(JSON.stringify(replay))),
    all: async () => {
      const found = new Map<string, Replay>();
      const from = { topic: replaysTopic, partition: 0, fromOffset: 0 };
      const records = readPartition(connection, { ...from, isolation: 'read_committed' });
      for await (const { key, value } of records) {
        const id = String(key);
        if (value === null) found.delete(id);
        else found.set(id, JSON.parse(value.toString('utf8')) as Replay);
      }
      return [...found.values()];
    },
    forget: (id) => write(id, null),
    close: () => producer.close(),
  };
}

/** The consumer group that holds a replay's claims. */
export const replayGroup = (id: string): string => `millrace.replay.${id}`;
