/** What channels are told: changes of one round together, with links, and never a row's content. */
import type { AlertChange } from './alert-book.ts';

export interface NotifiedAlert {
  readonly change: Exclude<AlertChange['kind'], 'due'>;
  readonly id: string;
  readonly name: string;
  readonly severity: string;
  readonly subject: string;
  readonly contract: string | null;
  readonly summary: string;
  readonly since: string;
  readonly ended: string | null;
  readonly runbook: string;
}

export interface Notification {
  /** The same for every try. */
  readonly id: string;
  /** One line. */
  readonly title: string;
  readonly console: string;
  readonly alerts: readonly NotifiedAlert[];
}

export interface Links {
  /** Root of the console. */
  readonly console: string;
  runbook(name: string): string;
}

const iso = (ms: number) => new Date(ms).toISOString();

const titleOf = (alerts: readonly NotifiedAlert[]): string => {
  const [first] = alerts;
  if (first === undefined) return '';
  const word = first.change === 'ended' ? 'ended' : first.severity;
  const more = alerts.length > 1 ? ` and ${alerts.length - 1} more` : '';
  return `[${word}] ${first.name}: ${first.subject}${more}`;
};

/** The gravest first. */
const order = ['critical', 'warning', 'info'];

export const notificationOf = (
  id: string,
  changes: readonly AlertChange[],
  links: Links,
): Notification => {
  const alerts = changes
    .map(({ kind, alert }) => ({
      change: kind === 'due' ? ('fired' as const) : kind,
      ...{ id: alert.id, name: alert.name, severity: alert.severity, subject: alert.subject },
      ...{ contract: alert.contract, summary: alert.summary, since: iso(alert.sinceMs) },
      ended: alert.endedMs === null ? null : iso(alert.endedMs),
      runbook: links.runbook(alert.name),
    }))
    .toSorted(
      (a, b) =>
        Number(a.change === 'ended') - Number(b.change === 'ended') ||
        order.indexOf(a.severity) - order.indexOf(b.severity),
    );
  return { id, title: titleOf(alerts), console: links.console, alerts };
};

/** Plain text, for mail and for who reads no markup. */
export const notificationText = ({ alerts, console }: Notification): string =>
  [
    ...alerts.map((alert) =>
      [
        `${alert.change === 'ended' ? 'ended' : alert.severity}: ${alert.name} ${alert.subject}`,
        `  ${alert.summary}`,
        `  since ${alert.since}${alert.ended === null ? '' : `, ended ${alert.ended}`}`,
        `  what to do: ${alert.runbook}`,
      ].join('\n'),
    ),
    `\n${console}`,
  ].join('\n');
