/**
 * What a service asks before it writes dead letters: may these go, or is it a flood? Keeps the count of each partition, tells others while
 * one waits, and learns of a person's order to let the letters go. It holds nobody up itself: the service waits in its own way.
 */
import { MillraceError } from '@millrace/contracts';
import type { KafkaConnection } from '@millrace/kafka';
import type { Clock, Logger } from '@millrace/pipeline';
import { createFloodGuard, type FloodLimits } from './flood-guard.ts';
import { type FloodLog, openFloodLog } from './flood-log.ts';

/** Those that would be dead letters, of how many, and why the first of them. */
export interface Judged {
  readonly dead: number;
  readonly records: number;
  readonly code: string;
}

export interface FloodPartition {
  /** Whether these must wait, as far as is known now. Counts nothing. */
  holds(judged: Pick<Judged, 'dead' | 'records'>): boolean;
  /** These go on. Takes back what was told of a wait. */
  passed(judged: Pick<Judged, 'dead' | 'records'>): void;
  /** They wait: tells so, and looks for an order. Never rejects; Kafka that is away is asked again the next time. */
  waits(judged: Judged): Promise<void>;
}

export interface FloodControl {
  partition(topic: string, partition: number): FloodPartition;
  close(): Promise<void>;
}

export interface FloodControlOptions {
  readonly service: string;
  /** Of several that read the same topic: the transform. */
  readonly owner?: string;
  readonly connection: KafkaConnection;
  readonly limits: FloodLimits;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often a wait is told again, so that one whose service is gone can be told from one that lasts. */
const TELL_EVERY_MS = 30_000;
/** How often orders are looked for while something waits. */
const LOOK_EVERY_MS = 1_000;

/** Connects with the first flood. Partitions keep their count for as long as the control lives. */
export const createFloodControl = (options: FloodControlOptions): FloodControl => {
  const { limits, clock, logger } = options;
  const named = {
    service: options.service,
    ...(options.owner !== undefined && { owner: options.owner }),
  };
  let log: FloodLog | undefined;
  const opened = (): FloodLog => {
    log ??= openFloodLog(options.connection);
    return log;
  };
  /** Until when the letters of a topic are accepted. */
  const accepted = new Map<string, number>();
  const partitions = new Map<string, FloodPartition>();
  let lookedMs = Number.NEGATIVE_INFINITY;

  const patiently = async (what: string, work: Promise<void>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      logger.warn({ code: error.code, reason: error.message }, what);
    }
  };
  const look = async (): Promise<void> => {
    if (clock.nowMs() - lookedMs < LOOK_EVERY_MS) return;
    lookedMs = clock.nowMs();
    for (const order of (await opened().read(clock.nowMs())).orders) {
      if (order.service === options.service) accepted.set(order.topic, order.untilMs);
    }
  };

  const open = (topic: string, partition: number): FloodPartition => {
    const guard = createFloodGuard(limits);
    let waiting: { sinceMs: number; toldMs: number } | undefined;
    const isAccepted = (): boolean => (accepted.get(topic) ?? 0) > clock.nowMs();
    return {
      holds: ({ dead, records }) => dead > 0 && guard.isFlood(dead, records) && !isAccepted(),
      passed: ({ dead, records }) => {
        guard.passed(dead, records);
        if (waiting === undefined) return;
        waiting = undefined;
        patiently(
          'that a partition goes on could not be told',
          opened().goOn({ ...named, topic, partition }),
        ).catch((error: unknown) => logger.error({ err: error }, 'flood log'));
      },
      waits: async ({ dead, records, code }) => {
        const nowMs = clock.nowMs();
        waiting ??= { sinceMs: nowMs, toldMs: Number.NEGATIVE_INFINITY };
        if (nowMs - waiting.toldMs >= TELL_EVERY_MS) {
          const { sinceMs } = waiting;
          waiting.toldMs = nowMs;
          const flood = { ...named, topic, partition, sinceMs, atMs: nowMs, dead, records, code };
          await patiently('that a partition waits could not be told', opened().wait(flood));
        }
        await patiently('orders to accept dead letters could not be read', look());
      },
    };
  };

  return {
    partition: (topic, partition) => {
      const key = `${topic}/${partition}`;
      const known = partitions.get(key) ?? open(topic, partition);
      partitions.set(key, known);
      return known;
    },
    close: async () => {
      await log?.close();
    },
  };
};
