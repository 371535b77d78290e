import { MillraceError } from '@millrace/contracts';
import { type Logger, systemClock } from '@millrace/pipeline';
import type { Cluster } from '../cluster/cluster.ts';
import { isUnavailable } from '../cluster/protocol-errors.ts';
import { pauseMs } from '../cluster/retry.ts';
import { type ProducerIdentity, produce } from '../messages/produce-messages.ts';
import { createPartitionQueue, type PartitionQueue } from './partition-queue.ts';
import type { PendingBatch } from './pending-batch.ts';

/**
 * Sends what the partition queues hold: to each leader one request at a time, holding the head batch of
 * every partition that waits for it. Under load requests fill up by themselves; at rest nothing waits.
 */
export interface WriteQueue {
  push(topic: string, partition: number, batches: readonly PendingBatch[]): void;
  /** Resolves when nothing is queued or in flight. */
  idle(): Promise<void>;
  /** Rejects what is queued and forgets identities and sequence numbers. */
  reset(error: Error): void;
}

export interface WriteQueueOptions {
  readonly cluster: Cluster;
  readonly logger: Logger;
  readonly transactionalId: string | null;
  /** Asks for a producer id and epoch that no partition has used yet. */
  identity(): Promise<ProducerIdentity>;
  /** For tests of the wrap-around (T19). */
  readonly firstSequence?: number;
}

const REQUEST_BYTES_MAX = 8 * 1024 * 1024;
const REPLICATION_TIMEOUT_MS = 15_000;

export const createWriteQueue = (options: WriteQueueOptions): WriteQueue => {
  const { cluster, logger, transactionalId } = options;
  const partitions = new Map<string, PartitionQueue>();
  const active = new Set<PartitionQueue>();
  const busyNodes = new Set<number>();
  let idleWaiters: (() => void)[] = [];
  /** Failed tries in a row; a partition is in `paused` until its next try. */
  const failures = new Map<PartitionQueue, number>();
  const paused = new Set<PartitionQueue>();
  /** Given to every partition, except to those that lost it. */
  let identity: ProducerIdentity | undefined;
  let asking = false;
  let pumpScheduled = false;

  const partitionQueue = (topic: string, partition: number): PartitionQueue => {
    const key = `${topic}:${partition}`;
    let queue = partitions.get(key);
    if (queue === undefined) {
      queue = createPartitionQueue(topic, partition, {
        transactional: transactionalId !== null,
        ...(options.firstSequence !== undefined && { firstSequence: options.firstSequence }),
      });
      partitions.set(key, queue);
    }
    return queue;
  };

  /** Sets partitions aside for a pause, looks at the cluster again, and goes on with them. */
  const retrySoon = (queues: readonly PartitionQueue[], reason: unknown) => {
    const fresh = queues.filter((queue) => !paused.has(queue));
    if (fresh.length === 0) return;
    logger.debug({ err: reason, partitions: fresh.length }, 'writes will be tried again');
    const tries = fresh.map((queue) => {
      const count = (failures.get(queue) ?? 0) + 1;
      failures.set(queue, count);
      paused.add(queue);
      return count;
    });
    void (async () => {
      await systemClock.sleep(pauseMs(Math.min(Math.max(...tries), 10)));
      const topics = new Set(fresh.map((queue) => queue.topic));
      await cluster.refresh([...topics]).catch(() => undefined);
      const nowMs = systemClock.nowMs();
      for (const queue of fresh) {
        paused.delete(queue);
        queue.expire(nowMs);
      }
      pump();
    })();
  };

  const giveIdentities = (queues: readonly PartitionQueue[]) => {
    const known = identity;
    const needing = queues.filter((queue) => {
      if (known === undefined || queue.lostIdentity() === known) return true;
      queue.useIdentity(known);
      return false;
    });
    if (needing.length === 0 || asking) return;
    asking = true;
    options
      .identity()
      .then((next) => {
        identity = next;
        for (const queue of needing) if (queue.needsIdentity()) queue.useIdentity(next);
      })
      .catch((error: unknown) => {
        if (isUnavailable(error)) retrySoon(needing, error);
        else for (const queue of needing) queue.abandon(error as Error);
      })
      .finally(() => {
        asking = false;
        pump();
      });
  };

  const sendRequest = async (nodeId: number, queues: readonly PartitionQueue[]) => {
    const writes = queues.map((queue) => {
      // To the back of the line: a request that fills up must not starve the partitions behind.
      active.delete(queue);
      active.add(queue);
      return { topic: queue.topic, partition: queue.partition, batch: queue.take() };
    });
    let sent = false;
    try {
      const broker = await cluster.open(nodeId);
      sent = true;
      const answers = await broker.send(
        produce({ transactionalId, writes, replicationTimeoutMs: REPLICATION_TIMEOUT_MS }),
      );
      const again = queues.filter((queue) => {
        const answer = answers.find(
          ({ topic, partition }) => topic === queue.topic && partition === queue.partition,
        );
        if (answer === undefined) return false;
        if (answer.errorCode === 0) failures.delete(queue);
        return queue.answered(answer);
      });
      if (again.length > 0) retrySoon(again, answers);
    } catch (error) {
      for (const queue of queues) queue.unanswered(error as Error, sent);
      retrySoon(queues, error);
    }
    busyNodes.delete(nodeId);
    pump();
  };

  /** The partitions that wait, by leader; those without a known leader are left for the next look. */
  const waitingByLeader = (): Map<number | undefined, PartitionQueue[]> =>
    Map.groupBy(
      [...active].filter((queue) => !paused.has(queue) && queue.ready() !== undefined),
      (queue) => cluster.leader(queue.topic, queue.partition),
    );

  const pump = () => {
    for (const queue of active) if (queue.length() === 0) active.delete(queue);
    if (active.size === 0) {
      for (const resolve of idleWaiters) resolve();
      idleWaiters = [];
      return;
    }
    const homeless = [...active].filter((queue) => !paused.has(queue) && queue.needsIdentity());
    if (homeless.length > 0) giveIdentities(homeless);
    for (const [nodeId, waiting] of waitingByLeader()) {
      if (nodeId === undefined) {
        retrySoon(waiting, new MillraceError('kafka.unavailable', 'a partition has no leader'));
        continue;
      }
      if (busyNodes.has(nodeId)) continue;
      let bytes = 0;
      const fitting = waiting.filter((queue, index) => {
        bytes += queue.ready()!.bytes!.length;
        return index === 0 || bytes <= REQUEST_BYTES_MAX;
      });
      busyNodes.add(nodeId);
      void sendRequest(nodeId, fitting);
    }
  };

  /** After this turn's sends: so one request takes all of them. */
  const pumpSoon = () => {
    if (pumpScheduled) return;
    pumpScheduled = true;
    queueMicrotask(() => {
      pumpScheduled = false;
      pump();
    });
  };

  return {
    push(topic, partition, batches) {
      const queue = partitionQueue(topic, partition);
      queue.push(batches);
      active.add(queue);
      for (const batch of batches) {
        if (batch.bytes === undefined) void batch.encoded.then(pump);
      }
      pumpSoon();
    },
    idle: () =>
      active.size === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            idleWaiters.push(resolve);
          }),
    reset(error) {
      for (const queue of partitions.values()) queue.abandon(error);
      partitions.clear();
      active.clear();
      identity = undefined;
      pump();
    },
  };
};
