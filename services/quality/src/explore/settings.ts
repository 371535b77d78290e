/** Settings of what one may look into: tables, captures, transforms, and the SQL box. config.ts takes them over. */
import { setting } from '@millrace/runtime';

export const exploreSettings = {
  postgresUrls: setting.list({
    env: 'MILLRACE_QUALITY_POSTGRES_URLS',
    default: [],
    description:
      'More PostgreSQL servers whose slots are watched, beside MILLRACE_POSTGRES_URL, separated by commas.',
    secret: true,
  }),
  exploreIntervalMs: setting.duration({
    env: 'MILLRACE_QUALITY_EXPLORE_INTERVAL',
    default: 10_000,
    min: 500,
    description: 'How often tables and slots are looked at.',
  }),
  slotLagBytes: setting.bytes({
    env: 'MILLRACE_QUALITY_SLOT_LAG',
    default: 1024 ** 3,
    min: 1,
    description: 'Log that a slot may be behind before SlotLagging is raised.',
  }),
  slotExhaustionMs: setting.duration({
    env: 'MILLRACE_QUALITY_SLOT_EXHAUSTION',
    default: 6 * 3_600_000,
    min: 60_000,
    description:
      'SlotWillBeLost is raised when a slot is lost within this time at the rate of the last minutes; it is critical within a sixth of it.',
  }),
  sqlRole: setting.enumeration({
    env: 'MILLRACE_QUALITY_SQL',
    values: ['operator', 'viewer', 'admin', 'off'],
    default: 'operator',
    description: 'The role from which on the SQL box may be used; `off`: nobody may.',
  }),
  sqlUrl: setting.url({
    env: 'MILLRACE_QUALITY_SQL_URL',
    secret: true,
    schemes: ['http', 'https'],
    optional: true,
    description:
      'ClickHouse as a user who may only read, for the SQL box: what that one may read then holds. Without it the statement is checked by the service, and roles below admin read only what every analyst may.',
  }),
  sqlTimeMs: setting.duration({
    env: 'MILLRACE_QUALITY_SQL_TIME',
    default: 30_000,
    min: 1000,
    max: 600_000,
    description: 'How long a statement of the SQL box may run.',
  }),
  sqlMemoryBytes: setting.bytes({
    env: 'MILLRACE_QUALITY_SQL_MEMORY',
    default: 1024 ** 3,
    min: 1024 ** 2,
    description: 'Memory of ClickHouse that one statement of the SQL box may use.',
  }),
  sqlRowsMax: setting.integer({
    env: 'MILLRACE_QUALITY_SQL_ROWS_MAX',
    default: 10_000,
    min: 1,
    max: 100_000,
    description: 'Rows that the SQL box answers at most.',
  }),
};
