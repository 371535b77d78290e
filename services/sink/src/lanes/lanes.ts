/**
 * The lanes of the partitions that this process owns now: made anew with each generation of the group,
 * dropped when it ends. Memory is bounded here: the buffers of all lanes together stay within one limit
 * (`buffer-pool.ts`), and a partition that is full is paused. No lane depends on another.
 */
import type { AssignedPartition, ConsumedBatch, GroupConsumer } from '@millrace/kafka';
import {
  type BeginContext,
  type Beginning,
  beginPartition,
  committedPosition,
} from '../claims/begin-partition.ts';
import type { LaneReading } from '../metrics.ts';
import { type BufferPool, createBufferPool, poolSizes } from './buffer-pool.ts';
import type { FlushLimits } from './flush-policy.ts';
import { createLane, type Lane } from './lane.ts';
import type { TopicEnvironment } from './lane-environment.ts';

export interface LanesOptions extends BeginContext {
  readonly consumer: Pick<GroupConsumer, 'pause' | 'resume'>;
  /** Topics of contracts with a warehouse role. */
  environmentOf(topic: string): TopicEnvironment;
  /**
   * Shuts former owners out of the partition's dead letters and answers with the group's offset as it
   * stands after that.
   */
  takeOver(partition: AssignedPartition): Promise<AssignedPartition>;
  release(lane: Pick<Lane, 'topic' | 'partition'>): void;
  /** A lane ended by a bug. */
  failed(error: unknown): void;
  readonly limits: FlushLimits;
  /** Of all lanes together, bytes. */
  readonly bufferBytesMax: number;
}

export interface Lanes {
  assign(
    partitions: readonly AssignedPartition[],
    generation: number,
  ): Promise<ReadonlyMap<string, number>>;
  /** Batches of an earlier generation are nobody's. */
  deliver(batch: ConsumedBatch, generation: number): void;
  drop(): void;
  drain(): Promise<void>;
  readings(): readonly LaneReading[];
  /** Why a lane waits, of the first that does. */
  waitsFor(): string | undefined;
}

const keyOf = (topic: string, partition: number): string => `${topic}:${partition}`;

export function createLanes(options: LanesOptions): Lanes {
  const lanes = new Map<string, Lane>();
  let isDraining = false;
  let current: number | undefined;

  const drop = (): void => {
    for (const lane of lanes.values()) {
      lane.drop();
      options.release(lane);
    }
    lanes.clear();
  };

  const add = (found: Beginning, generation: number, pool: BufferPool): void => {
    const { topic, partition } = found;
    const environment = options.environmentOf(topic);
    const lane = createLane(
      { ...found, generation },
      {
        ...environment,
        limits: {
          ...options.limits,
          bytesMax: Math.min(options.limits.bytesMax, pool.sizes.seatBytes),
        },
        pool,
        pause: () => {
          options.consumer.pause([{ topic, partition }]);
          environment.metrics.heldBack(topic);
        },
        resume: (bytesMax) => options.consumer.resume([{ topic, partition }], bytesMax),
      },
    );
    lanes.set(keyOf(topic, partition), lane);
    lane.finished.catch(options.failed);
  };

  return {
    assign: async (partitions, generation) => {
      drop();
      const found = await Promise.all(
        partitions.map(async (partition) => {
          const { claim, log } = committedPosition(partition);
          // An owner of a topic that is gone may have dead letters under way, whose end is not fenced by generation.
          const isOfAnother = log !== undefined && log.topicId !== partition.topicId;
          if (!claim?.transactional && !isOfAnother) return beginPartition(partition, options);
          return beginPartition(await options.takeOver(partition), options);
        }),
      );
      if (isDraining) return new Map();
      current = generation;
      for (const [topic, owned] of Map.groupBy(found, (one) => one.topic)) {
        const { budget, contract } = options.environmentOf(topic);
        budget.share(owned.length / contract.topic.partitions);
      }
      const { bufferBytesMax, limits } = options;
      const pool = createBufferPool(poolSizes(bufferBytesMax, limits.bytesMax, found.length));
      for (const one of found) add(one, generation, pool);
      return new Map(found.map((one) => [keyOf(one.topic, one.partition), one.start]));
    },
    deliver: (batch, generation) => {
      if (generation !== current) return;
      lanes.get(keyOf(batch.topic, batch.partition))?.deliver(batch);
    },
    drop,
    drain: async () => {
      isDraining = true;
      await Promise.allSettled([...lanes.values()].map((lane) => lane.drain()));
    },
    readings: () => [...lanes.values()].map((lane) => lane.reading()),
    waitsFor: () => {
      for (const lane of lanes.values()) {
        const reason = lane.waitsFor();
        if (reason) return reason;
      }
      return undefined;
    },
  };
}
