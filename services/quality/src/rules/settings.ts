/** Settings of the quality rules, spread into config.ts. */
import { setting } from '@millrace/runtime';

export const rulesSettings = {
  newRowsEveryMs: setting.duration({
    env: 'MILLRACE_QUALITY_NEW_ROWS_INTERVAL',
    default: 60_000,
    min: 1_000,
    description: 'How often rules look at the rows that came since the last look.',
  }),
  ruleSecondsMax: setting.duration({
    env: 'MILLRACE_QUALITY_RULE_TIMEOUT',
    default: 60_000,
    min: 1_000,
    description:
      'How long one statement of a rule may run in ClickHouse; then the rule has an error.',
  }),
  ruleThreads: setting.integer({
    env: 'MILLRACE_QUALITY_RULE_THREADS',
    default: 2,
    min: 1,
    max: 64,
    description: 'Threads of ClickHouse that one statement of a rule may use.',
  }),
  ruleMemoryMax: setting.bytes({
    env: 'MILLRACE_QUALITY_RULE_MEMORY',
    default: 2 * 1024 ** 3,
    min: 64 * 1024 ** 2,
    description: 'Memory of ClickHouse that one statement of a rule may use.',
  }),
  live: setting.flag({
    env: 'MILLRACE_QUALITY_LIVE',
    default: true,
    description: 'Rules that can be are judged on the topics, too, each minute.',
  }),
  liveWindowMs: setting.duration({
    env: 'MILLRACE_QUALITY_LIVE_WINDOW',
    default: 60_000,
    min: 1_000,
    description: 'Length of a window of the topic.',
  }),
  liveRate: setting.integer({
    env: 'MILLRACE_QUALITY_LIVE_RATE',
    default: 2_000,
    min: 1,
    description:
      'Records a second, of all topics together, that are looked at; of faster ones every n-th.',
  }),
  openLineageUrl: setting.url({
    env: 'MILLRACE_QUALITY_OPENLINEAGE_URL',
    schemes: ['http', 'https'],
    optional: true,
    description: 'Where results go as OpenLineage events, e.g. http://marquez:5000/api/v1/lineage.',
  }),
  openLineageToken: setting.string({
    env: 'MILLRACE_QUALITY_OPENLINEAGE_TOKEN',
    optional: true,
    secret: true,
    description: 'Bearer token for that address.',
  }),
  openLineageTopic: setting.string({
    env: 'MILLRACE_QUALITY_OPENLINEAGE_TOPIC',
    optional: true,
    description: 'Topic that gets results as OpenLineage events, JSON; made when it is not there.',
  }),
} as const;
