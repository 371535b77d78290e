/** Every setting of the quality service, once: variables, --help, the reference page and the chart come from here. */

import {
  type ConfigOf,
  defineConfig,
  kafkaSettings,
  platformSettings,
  setting,
} from '@millrace/runtime';
import { accessSettings } from './access/settings.ts';
import { alertSettings } from './alerts/settings.ts';
import { catalogSettings } from './catalog/settings.ts';
import { deadSettings } from './dead/settings.ts';
import { exploreSettings } from './explore/settings.ts';
import { healthSettings } from './health/settings.ts';
import { lagSettings } from './lag/settings.ts';
import { rulesSettings } from './rules/settings.ts';

export const config = defineConfig('quality', {
  project: platformSettings.project,
  ...kafkaSettings,
  registryUrl: platformSettings.registryUrl,
  clickhouseUrl: platformSettings.clickhouseUrl,
  port: setting.port({
    env: 'MILLRACE_QUALITY_PORT',
    default: 8090,
    description:
      'Port of the API and the console. 0 takes a free one; the started line tells which.',
  }),
  host: setting.string({
    env: 'MILLRACE_QUALITY_HOST',
    default: '127.0.0.1',
    description:
      'Address that the port is bound to. Others than this machine reach it only with another one; set tokens or OIDC then.',
  }),
  historyRetentionMs: setting.duration({
    env: 'MILLRACE_QUALITY_HISTORY_RETENTION',
    default: 30 * 86_400_000,
    min: 3_600_000,
    description: 'How long ClickHouse keeps what was measured.',
  }),
  ...accessSettings,
  ...alertSettings,
  ...deadSettings,
  ...lagSettings,
  ...healthSettings,
  ...exploreSettings,
  ...catalogSettings,
  ...rulesSettings,
});

export type QualityConfig = ConfigOf<typeof config>;
