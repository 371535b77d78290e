/**
 * The lanes of the partitions that this process owns now: made when a partition is assigned, dropped when it is
 * revoked; a rebalance that leaves the partition here does not touch its lane. Memory is bounded here: the buffers of all lanes together stay within one limit
 * (`buffer-pool.ts`), and a partition that is full is paused. No lane depends on another.
 */
import type {
  AssignedPartition,
  ConsumedBatch,
  GroupAssignment,
  GroupConsumer,
  TopicPartition,
} from '@millrace/kafka';
import {
  type BeginContext,
  type Beginning,
  beginPartition,
  committedPosition,
} from '../claims/begin-partition.ts';
import type { LaneReading } from '../metrics.ts';
import type { TellBeginnings } from '../steps/tell-beginnings.ts';
import { createBufferPool, poolSizes } from './buffer-pool.ts';
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
  /** Before any lane commits. */
  readonly tellBeginnings: TellBeginnings;
  release(lane: Pick<Lane, 'topic' | 'partition'>): void;
  /** A lane ended by a bug. */
  failed(error: unknown): void;
  readonly limits: FlushLimits;
  /** Of all lanes together, bytes. */
  readonly bufferBytesMax: number;
}

export interface Lanes {
  /** Makes lanes for what was added; answers where each begins. */
  assign(
    assignment: Pick<GroupAssignment, 'term' | 'added' | 'positions'>,
  ): Promise<ReadonlyMap<string, number>>;
  /** Ends the lanes of partitions that were revoked, also of those being assigned; of all when left out. */
  drop(partitions?: readonly TopicPartition[]): void;
  deliver(batch: ConsumedBatch): void;
  /** The lanes of a topic look anew whether they may go on. */
  wake(topic: string): void;
  drain(): Promise<void>;
  readings(): readonly LaneReading[];
  /** Why a lane waits, of the first that does. */
  waitsFor(): string | undefined;
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}:${partition}`;

export function createLanes(options: LanesOptions): Lanes {
  const { bufferBytesMax, limits } = options;
  const lanes = new Map<string, Lane>();
  /** Partitions being assigned, as long as they are not revoked. */
  const opening = new Set<string>();
  const sizesFor = (count: number) => poolSizes(bufferBytesMax, limits.bytesMax, count);
  const pool = createBufferPool(sizesFor(0));
  let isDraining = false;

  const drop = (partitions: readonly TopicPartition[] = [...lanes.values()]): void => {
    for (const partition of partitions) {
      const key = keyOf(partition);
      opening.delete(key);
      const lane = lanes.get(key);
      if (lane === undefined) continue;
      lane.drop();
      options.release(lane);
      lanes.delete(key);
    }
  };

  /** Memory and the tables' inserts are shared by what is owned now. */
  const share = (): void => {
    for (const [topic, owned] of Map.groupBy(lanes.values(), (one) => one.topic)) {
      const { budget, contract } = options.environmentOf(topic);
      budget.share(owned.length / contract.topic.partitions);
    }
    pool.resize(sizesFor(lanes.size));
  };

  const begin = async (partition: AssignedPartition): Promise<Beginning> => {
    const { claim, log } = committedPosition(partition);
    // An owner of a topic that is gone may have dead letters under way, whose end is not fenced by the group.
    const isOfAnother = log !== undefined && log.topicId !== partition.topicId;
    if (!claim?.transactional && !isOfAnother) return beginPartition(partition, options);
    return beginPartition(await options.takeOver(partition), options);
  };

  const add = (found: Beginning, term: number): void => {
    const { topic, partition } = found;
    const environment = options.environmentOf(topic);
    const lane = createLane(
      { ...found, term },
      {
        ...environment,
        limits: {
          ...limits,
          get bytesMax() {
            return Math.min(limits.bytesMax, pool.sizes.seatBytes);
          },
        },
        pool,
        pause: () => {
          options.consumer.pause([{ topic, partition }]);
          environment.metrics.heldBack(topic);
        },
        resume: (bytesMax) => options.consumer.resume([{ topic, partition }], bytesMax),
      },
    );
    lanes.set(keyOf(found), lane);
    lane.finished.catch(options.failed);
  };

  return {
    assign: async ({ term, added, positions }) => {
      for (const partition of added) opening.add(keyOf(partition));
      const assigned = await positions();
      const found = await Promise.all(assigned.map(begin));
      await options.tellBeginnings(
        term,
        assigned.filter((one) => opening.has(keyOf(one))),
      );
      const held = found.filter((one) => opening.delete(keyOf(one)));
      if (isDraining) return new Map();
      for (const one of held) add(one, term);
      share();
      return new Map(held.map((one) => [keyOf(one), one.start]));
    },
    drop: (partitions) => {
      drop(partitions);
      share();
    },
    deliver: (batch) => lanes.get(keyOf(batch))?.deliver(batch),
    wake: (topic) => {
      for (const lane of lanes.values()) if (lane.topic === topic) lane.wake();
    },
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
