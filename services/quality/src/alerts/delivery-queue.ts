/** Notifications on their way through one channel: in order, tried again with growing pauses, bounded. No channel waits for another. */
import { randomUUID } from 'node:crypto';
import { MillraceError } from '@millrace/contracts';
import { type Clock, type Logger, pauseMs } from '@millrace/pipeline';
import type { AlertChange } from './alert-book.ts';
import type { Channel } from './channels/channel.ts';
import type { AlertMetrics } from './metrics.ts';
import { type Links, notificationOf } from './notification.ts';

export interface DeliveryQueue {
  readonly channel: Channel;
  /** Resolves when the channel took it, or when it was given up. */
  push(changes: readonly AlertChange[]): Promise<'delivered' | 'lost'>;
}

export interface DeliveryQueueOptions {
  readonly links: Links;
  readonly metrics: AlertMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Notifications that wait at most; the oldest go first. */
const waitingMax = 100;
const givenUpAfterMs = 3_600_000;
const policy = { initialMs: 1000, multiplier: 2, maxMs: 120_000, jitter: 0.2 };

interface Waiting {
  readonly changes: readonly AlertChange[];
  readonly id: string;
  settle(outcome: 'delivered' | 'lost'): void;
}

export const createDeliveryQueue = (
  channel: Channel,
  options: DeliveryQueueOptions,
): DeliveryQueue => {
  const { metrics, clock, logger, signal } = options;
  const waiting: Waiting[] = [];
  let isRunning = false;
  const settle = (one: Waiting, outcome: 'delivered' | 'lost') => {
    metrics.notifications.inc({ channel: channel.name, outcome });
    one.settle(outcome);
  };

  const deliver = async (one: Waiting): Promise<'delivered' | 'lost'> => {
    const notification = notificationOf(one.id, one.changes, options.links);
    const begunMs = clock.nowMs();
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        await channel.send(notification, signal);
        return 'delivered';
      } catch (error) {
        const isLast =
          !(error instanceof MillraceError) ||
          !error.retryable ||
          clock.nowMs() - begunMs > givenUpAfterMs;
        if (attempt === 1 || isLast)
          logger.warn({ err: error, channel: channel.name, isLast }, 'a notification failed');
        if (isLast) return 'lost';
        await clock.sleep(pauseMs(policy, attempt), signal).catch(() => undefined);
      }
    }
    return 'lost';
  };
  const run = async () => {
    isRunning = true;
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift())
      settle(one, await deliver(one));
    isRunning = false;
  };

  return {
    channel,
    push: (changes) => {
      const { promise, resolve } = Promise.withResolvers<'delivered' | 'lost'>();
      waiting.push({ changes, id: randomUUID(), settle: resolve });
      if (waiting.length > waitingMax) settle(waiting.shift()!, 'lost');
      if (!isRunning) void run();
      return promise;
    },
  };
};
