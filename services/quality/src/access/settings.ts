/** Settings of who may do what; config.ts takes them over. */
import { setting } from '@millrace/runtime';
import { oidcSettings } from './oidc/settings.ts';

export const accessSettings = {
  open: setting.enumeration({
    env: 'MILLRACE_QUALITY_OPEN',
    values: ['no', 'yes'],
    default: 'no',
    description:
      '`yes`: whoever reaches the port may do everything, also from other machines, when neither tokens nor OIDC are set.',
  }),
  tokensFile: setting.string({
    env: 'MILLRACE_QUALITY_TOKENS_FILE',
    optional: true,
    description:
      'File of tokens (their hashes) with names and roles; read again when it changes. `millrace quality token new` prints a line for it.',
  }),
  publicUrl: setting.url({
    env: 'MILLRACE_QUALITY_PUBLIC_URL',
    schemes: ['https', 'http'],
    optional: true,
    description:
      'Address that people open the console at, when it is not the service’s own: behind a proxy, and for OIDC.',
  }),
  trustedProxies: setting.list({
    env: 'MILLRACE_QUALITY_TRUSTED_PROXIES',
    default: [],
    description:
      'Addresses or networks of proxies whose X-Forwarded-For is believed; only the limit of failed logins and the audit use it.',
  }),
  sessionAgeMs: setting.duration({
    env: 'MILLRACE_QUALITY_SESSION_AGE',
    default: 12 * 3_600_000,
    min: 60_000,
    description:
      'How long a login holds. Without MILLRACE_QUALITY_SESSION_KEYS_FILE all end when the service is started again.',
  }),
  sessionKeysFile: setting.string({
    env: 'MILLRACE_QUALITY_SESSION_KEYS_FILE',
    optional: true,
    description:
      'File of keys, one a line of 32 characters or more: logins are sealed into their cookie with the first and opened with all, so they hold at every service with the file, and through restarts. Read again when it changes.',
  }),
  auditRetentionMs: setting.duration({
    env: 'MILLRACE_QUALITY_AUDIT_RETENTION',
    default: 400 * 86_400_000,
    min: 86_400_000,
    description: 'How long it is kept who did what, on Kafka and in ClickHouse.',
  }),
  auditTimeoutMs: setting.duration({
    env: 'MILLRACE_QUALITY_AUDIT_TIMEOUT',
    default: 10_000,
    min: 500,
    max: 120_000,
    description: 'How long Kafka may take to hold the record of an action before it is refused.',
  }),
  tlsCert: setting.string({
    env: 'MILLRACE_QUALITY_TLS_CERT',
    optional: true,
    description:
      'Certificate chain (PEM) of the port, which then speaks TLS alone; read again when it changes.',
  }),
  tlsKey: setting.string({
    env: 'MILLRACE_QUALITY_TLS_KEY',
    optional: true,
    description: "The certificate's private key (PEM).",
  }),
  ...oidcSettings,
};
