/** What alerts measure of themselves; metrics.ts takes it over. */
import type { Metrics } from '@millrace/runtime';

export const alertMetrics = (metrics: Metrics) => ({
  notifications: metrics.counter({
    name: 'millrace_quality_notification_messages_total',
    help: 'Notifications by channel and outcome: delivered, or lost after an hour of tries or a refusal.',
    labels: ['channel', 'outcome'],
  }),
  openAlerts: metrics.gauge({
    name: 'millrace_quality_open_alerts_state',
    help: 'Alerts that are open, by severity; silenced ones too.',
    labels: ['severity'],
  }),
});

export type AlertMetrics = Pick<ReturnType<typeof alertMetrics>, 'notifications'>;
