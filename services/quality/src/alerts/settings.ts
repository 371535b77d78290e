/** Settings of alerts; config.ts takes them over. Channels and routes are in a file: notifications-file.ts. */
import { setting } from '@millrace/runtime';

export const alertSettings = {
  notificationsFile: setting.string({
    env: 'MILLRACE_QUALITY_NOTIFICATIONS_FILE',
    optional: true,
    description:
      'YAML file of channels, routes and times of alerts; read again when it changes. Without it alerts are shown and nobody is told.',
  }),
  alertsTopic: setting.string({
    env: 'MILLRACE_QUALITY_ALERTS_TOPIC',
    default: '_millrace.quality.alerts',
    description:
      'Compacted topic that keeps open alerts and silences over restarts; one for each quality service of a cluster.',
  }),
  runbooksUrl: setting.url({
    env: 'MILLRACE_QUALITY_RUNBOOKS_URL',
    schemes: ['https', 'http'],
    optional: true,
    description:
      'Where your runbooks are, each at <url>/<alert>.md; the service’s own when left out.',
  }),
};
