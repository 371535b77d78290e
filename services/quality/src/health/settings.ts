/** Settings of what watches that data arrives. */
import { setting } from '@millrace/runtime';

const second = 1000;

export const healthSettings = {
  healthEveryMs: setting.duration({
    env: 'MILLRACE_QUALITY_HEALTH_EVERY',
    default: 15 * second,
    min: 100,
    description: 'How often freshness and counts look at what has landed since.',
  }),
  latePerMillion: setting.integer({
    env: 'MILLRACE_QUALITY_LATE_PER_MILLION',
    default: 1000,
    min: 1,
    max: 500_000,
    description:
      'Of a million rows, how many may take longer than the latency of their contract: the error budget of 30 days. 1000 is an objective of 99.9 %.',
  }),
  countGraceMs: setting.duration({
    env: 'MILLRACE_QUALITY_COUNT_GRACE',
    default: 30 * second,
    description:
      'How long a row may be missing behind the offsets of the sink before it is told: replicas copy, and a lost answer is repeated.',
  }),
  countOffsetsMax: setting.integer({
    env: 'MILLRACE_QUALITY_COUNT_OFFSETS',
    default: 2_000_000,
    min: 1000,
    description: 'Offsets that one round counts at most; what is left is for the next one.',
  }),
  auditEveryMs: setting.duration({
    env: 'MILLRACE_QUALITY_AUDIT_EVERY',
    default: 6 * 3600 * second,
    min: 100,
    description:
      'How often the rows that were counted before are counted again, to find what was removed or copied since. It reads three columns of each fact table.',
  }),
  postgresUrl: setting.url({
    env: 'MILLRACE_POSTGRES_URL',
    schemes: ['postgres', 'postgresql'],
    optional: true,
    secret: true,
    description:
      'Where slots are watched and dimensions compared with their source tables; left out when not set. Rights to read the tables are enough.',
  }),
  cdcSource: setting.string({
    env: 'MILLRACE_CDC_SOURCE',
    optional: true,
    description:
      'Name of the captured database that MILLRACE_POSTGRES_URL leads to; left out, dimensions of all sources are looked for there.',
  }),
  dimensionsEveryMs: setting.duration({
    env: 'MILLRACE_QUALITY_DIMENSIONS_EVERY',
    default: 3600 * second,
    min: 100,
    description:
      'How often dimensions are compared with their source tables, row by row. One that differs, or could not be compared, is looked at again after a minute, or after twenty times what that took.',
  }),
  dimensionStatementMaxMs: setting.duration({
    env: 'MILLRACE_QUALITY_DIMENSION_STATEMENT_MAX',
    default: 300 * second,
    min: second,
    description: 'How long PostgreSQL may work on one statement of a comparison.',
  }),
  canaryEveryMs: setting.duration({
    env: 'MILLRACE_QUALITY_CANARY_EVERY',
    default: 10 * second,
    min: 100,
    description: 'How often a canary is sent, in a project that has its contract.',
  }),
  canaryLostAfterMs: setting.duration({
    env: 'MILLRACE_QUALITY_CANARY_LOST_AFTER',
    default: 60 * second,
    min: second,
    description: 'A canary that cannot be queried after this long is told as lost.',
  }),
  ingestUrl: setting.url({
    env: 'MILLRACE_QUALITY_INGEST_URL',
    schemes: ['http', 'https'],
    optional: true,
    description:
      'Root of the door, through which canaries are sent; left out, they are written to Kafka.',
  }),
  ingestToken: setting.string({
    env: 'MILLRACE_QUALITY_INGEST_TOKEN',
    optional: true,
    secret: true,
    description: 'Key for the door, where it asks for one; its scope has to hold millrace.canary.',
  }),
} as const;
