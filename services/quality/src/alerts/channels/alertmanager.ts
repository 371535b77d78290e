/**
 * Prometheus Alertmanager, API v2: all that is open, again and again, since it ends what it does not hear of. Grouping, repeating
 * and silences are its own then. Source: Alertmanager's openapi.yaml, POST /api/v2/alerts.
 */
import type { AlertRecord } from '../alert-record.ts';
import type { Links } from '../notification.ts';
import { type Channel, post } from './channel.ts';

export interface AlertmanagerOptions {
  /** Root of its API, e.g. `http://alertmanager:9093`. */
  readonly url: string;
}

/** Alertmanager ends an alert that it has not heard of for this long. */
const endsAfterMs = 5 * 60_000;
const everyMs = 60_000;

const alertOf = (alert: AlertRecord, links: Links, nowMs: number) => ({
  labels: {
    alertname: alert.name,
    ...{ severity: alert.severity, subject: alert.subject, service: 'millrace' },
    ...(alert.contract !== null && { contract: alert.contract }),
  },
  annotations: { summary: alert.summary, runbook_url: links.runbook(alert.name) },
  startsAt: new Date(alert.sinceMs).toISOString(),
  endsAt: new Date(alert.endedMs ?? nowMs + endsAfterMs).toISOString(),
  generatorURL: links.console,
});

export const alertmanagerChannel = (
  name: string,
  options: AlertmanagerOptions,
  links: Links,
): Channel => {
  const send = async (alerts: readonly AlertRecord[], signal: AbortSignal): Promise<void> => {
    if (alerts.length === 0) return;
    const body = JSON.stringify(alerts.map((alert) => alertOf(alert, links, Date.now())));
    await post(name, `${options.url.replace(/\/+$/, '')}/api/v2/alerts`, body, {}, signal);
  };
  // what ended is told once by its end, in the notification's way
  return {
    name,
    send: async (notification, signal) => {
      const ended = notification.alerts.filter(({ change }) => change === 'ended');
      await send(
        ended.map((alert) => ({
          ...{ id: alert.id, name: alert.name, subject: alert.subject, summary: alert.summary },
          ...{ contract: alert.contract, severity: alert.severity as AlertRecord['severity'] },
          ...{ sinceMs: Date.parse(alert.since), firedMs: Date.parse(alert.since) },
          ...{ endedMs: Date.parse(alert.ended ?? ''), acknowledgedBy: null, toldMs: null },
        })),
        signal,
      );
    },
    standing: { everyMs, send },
  };
};
