/** Slack's incoming webhooks, and what speaks like them (Mattermost, Rocket.Chat). Source: api.slack.com, "Incoming webhooks", "Formatting text". */
import type { NotifiedAlert } from '../notification.ts';
import { type Channel, post } from './channel.ts';

/** The three characters that Slack's markup knows. */
const escaped = (text: string): string =>
  text.replace(/[&<>]/g, (found) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[found] ?? '');

const icons: Readonly<Record<string, string>> = {
  ...{ critical: ':red_circle:', warning: ':large_orange_circle:', info: ':large_blue_circle:' },
};

const lineOf = (alert: NotifiedAlert): string => {
  const icon = alert.change === 'ended' ? ':white_check_mark:' : (icons[alert.severity] ?? '');
  const again = alert.change === 'repeated' ? ' (still)' : '';
  return `${icon} *${escaped(alert.name)}*${again} ${escaped(alert.subject)}\n${escaped(alert.summary)}  <${alert.runbook}|what to do>`;
};

/** Of alerts that a message shows; the rest is counted. */
const shownMax = 20;

export const slackChannel = (name: string, { url }: { readonly url: string }): Channel => ({
  name,
  send: async (notification, signal) => {
    const shown = notification.alerts.slice(0, shownMax).map(lineOf);
    const left = notification.alerts.length - shown.length;
    if (left > 0) shown.push(`and ${left} more: <${notification.console}|console>`);
    const body = JSON.stringify({ text: shown.join('\n\n') });
    await post(name, url, body, {}, signal);
  },
});
