/** Who is told of which changes: routes to channels, silences, one notification a channel and round. */
import { alertSeverities, type Silence } from '@millrace/operations';
import type { AlertChange } from './alert-book.ts';
import type { AlertRecord } from './alert-record.ts';
import { alertmanagerChannel } from './channels/alertmanager.ts';
import type { Channel } from './channels/channel.ts';
import { emailChannel } from './channels/email.ts';
import { slackChannel } from './channels/slack.ts';
import { webhookChannel } from './channels/webhook.ts';
import {
  createDeliveryQueue,
  type DeliveryQueue,
  type DeliveryQueueOptions,
} from './delivery-queue.ts';
import type { Links } from './notification.ts';
import type { ChannelSettings, NotificationSettings, Route } from './notifications-file.ts';
import { matchesPattern, silenceOf } from './silence.ts';

export interface Teller {
  /** Resolves when all channels took theirs or gave up: of those that are not silenced, which were told. */
  tell(changes: readonly AlertChange[], silences: readonly Silence[]): Promise<readonly string[]>;
  /** Tells channels that want all that is open. */
  tellStanding(open: readonly AlertRecord[], silences: readonly Silence[]): Promise<void>;
  close(): void;
}

const channelOf = (name: string, settings: ChannelSettings, links: Links): Channel => {
  switch (settings.kind) {
    case 'webhook':
      return webhookChannel(name, settings);
    case 'slack':
      return slackChannel(name, settings);
    case 'alertmanager':
      return alertmanagerChannel(name, settings, links);
    case 'email':
      return emailChannel(name, settings);
  }
};

/** Whether a route takes an alert. */
export const takes = (
  route: Route,
  alert: Pick<AlertRecord, 'name' | 'severity' | 'subject' | 'contract'>,
): boolean => {
  const { severity = 'info', name = '*', subject = '*', domain } = route;
  return (
    alertSeverities.indexOf(alert.severity) >= alertSeverities.indexOf(severity) &&
    matchesPattern(name, alert.name) &&
    matchesPattern(subject, alert.subject) &&
    (domain === undefined || alert.contract?.startsWith(`${domain}.`) === true)
  );
};

export const createTeller = (
  settings: NotificationSettings,
  options: DeliveryQueueOptions,
): Teller => {
  const { clock, signal, logger } = options;
  const queues = new Map<string, DeliveryQueue>(
    Object.entries(settings.channels).map(([name, one]) => [
      name,
      createDeliveryQueue(channelOf(name, one, options.links), options),
    ]),
  );
  const standingDueMs = new Map<string, number>();
  const wanted = (to: string, alert: AlertRecord): boolean =>
    settings.routes.some((route) => route.to === to && takes(route, alert));

  return {
    tell: async (changes, silences) => {
      const nowMs = clock.nowMs();
      const loud = changes.filter(({ alert }) => silenceOf(silences, alert, nowMs) === undefined);
      const deliveries = [...queues].map(async ([name, queue]) => {
        const theirs = loud.filter(({ alert }) => wanted(name, alert));
        if (theirs.length > 0) await queue.push(theirs);
      });
      await Promise.all(deliveries);
      return loud.map(({ alert }) => alert.id);
    },
    tellStanding: async (open, silences) => {
      const nowMs = clock.nowMs();
      for (const [name, { channel }] of queues) {
        if (channel.standing === undefined || nowMs < (standingDueMs.get(name) ?? 0)) continue;
        standingDueMs.set(name, nowMs + channel.standing.everyMs);
        const theirs = open.filter(
          (alert) => wanted(name, alert) && silenceOf(silences, alert, nowMs) === undefined,
        );
        await channel.standing.send(theirs, signal).catch((error: unknown) => {
          options.metrics.notifications.inc({ channel: name, outcome: 'lost' });
          logger.warn({ err: error, channel: name }, 'open alerts could not be told');
        });
      }
    },
    close: () => {
      for (const { channel } of queues.values()) channel.close?.();
    },
  };
};
