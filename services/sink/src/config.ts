/** Every setting of the sink, once: variables, --help, the reference page and the chart come from here. */
import { floodSettings } from '@millrace/dead-letters';
import {
  defineConfig,
  kafkaSettings,
  peerSettings,
  platformSettings,
  setting,
} from '@millrace/runtime';

export const config = defineConfig('sink', {
  project: platformSettings.project,
  ...kafkaSettings,
  registryUrl: platformSettings.registryUrl,
  clickhouseUrl: platformSettings.clickhouseUrl,
  clickhouseCluster: platformSettings.clickhouseCluster,
  clickhouseReplicated: platformSettings.clickhouseReplicated,
  clickhouseSharded: platformSettings.clickhouseSharded,
  group: setting.string({
    env: 'MILLRACE_SINK_GROUP',
    default: 'millrace.sink',
    description: 'Consumer group; its offsets hold the claims, so nothing else may commit for it.',
  }),
  epoch: setting.string({
    env: 'MILLRACE_SINK_EPOCH',
    default: '0',
    description:
      'Part of every insert token: a range that ClickHouse remembers lands again under another epoch. A claim under way keeps its own.',
  }),
  topics: setting.list({
    env: 'MILLRACE_SINK_TOPICS',
    default: [],
    description: 'Only these topics; every topic of a contract with a table when left out.',
  }),
  until: setting.list({
    env: 'MILLRACE_SINK_UNTIL',
    default: [],
    description:
      'Ends of a run that ends by itself, each topic/partition:offset, the offset exclusive; nothing else is landed. `millrace replay` sets it.',
  }),
  only: setting.list({
    env: 'MILLRACE_SINK_ONLY',
    default: [],
    description:
      'With MILLRACE_SINK_UNTIL: only these records, each topic/partition:offset+offset+…; what is refused of them is told on _millrace.dead.refused-again and not as new dead letters. A redrive sets it.',
  }),
  tableSuffix: setting.string({
    env: 'MILLRACE_SINK_TABLE_SUFFIX',
    default: '',
    description:
      'Behind the names of the raw tables: rows land beside them. `millrace replay` sets it.',
  }),
  insertRowsMax: setting.integer({
    env: 'MILLRACE_SINK_INSERT_ROWS',
    default: 100_000,
    min: 1,
    max: 1_000_000,
    description: 'Rows of one insert at most.',
  }),
  insertBytesMax: setting.bytes({
    env: 'MILLRACE_SINK_INSERT_BYTES',
    default: 16 * 1024 * 1024,
    min: 64 * 1024,
    max: 256 * 1024 * 1024,
    description: 'Memory of the records of one insert at most.',
  }),
  flushAgeMs: setting.duration({
    env: 'MILLRACE_SINK_FLUSH_AGE',
    default: 25,
    min: 1,
    max: 60_000,
    description:
      'How long a record waits for company before it is inserted; more where many small tables share a small server.',
  }),
  insertsPerSecond: setting.integer({
    env: 'MILLRACE_SINK_INSERTS_PER_SECOND',
    default: 50,
    min: 1,
    max: 200,
    description:
      'Inserts into one table in any second at most; each makes a part in each partition of the table that it touches. Sinks share it by the partitions they own.',
  }),
  bufferBytesMax: setting.bytes({
    env: 'MILLRACE_SINK_BUFFER_BYTES',
    default: 24 * 1024 * 1024,
    min: 1024 * 1024,
    description:
      'Memory of all records that wait to land. A quarter is shared out evenly, the rest goes in turns to partitions that catch up; full partitions are paused.',
  }),
  fetchBytesMax: setting.bytes({
    env: 'MILLRACE_SINK_FETCH_BYTES',
    default: 2 * 1024 * 1024,
    min: 64 * 1024,
    description: 'Size of one fetch from a broker at most.',
  }),
  insertTimeoutMs: setting.duration({
    env: 'MILLRACE_SINK_INSERT_TIMEOUT',
    default: 30_000,
    min: 100,
    description: 'How long ClickHouse may take for an insert; after it the insert is repeated.',
  }),
  tokenTrustMs: setting.duration({
    env: 'MILLRACE_SINK_TOKEN_TRUST',
    default: 45_000,
    min: 1_000,
    description:
      'How long an insert token is trusted at most; older claims are compared with the table. Less when the table remembers fewer tokens than that.',
  }),
  schemaWaitMs: setting.duration({
    env: 'MILLRACE_SINK_SCHEMA_WAIT',
    default: 5_000,
    min: 0,
    description: 'How long an unknown schema id is asked for before its records are dead letters.',
  }),
  ...floodSettings('SINK'),
  sessionTimeoutMs: setting.duration({
    env: 'MILLRACE_SINK_SESSION_TIMEOUT',
    default: 10_000,
    min: 6_000,
    description: 'How long the group waits for a silent sink before others take its partitions.',
  }),
  ...peerSettings('SINK'),
  probeIntervalMs: setting.duration({
    env: 'MILLRACE_SINK_PROBE_INTERVAL',
    default: 15_000,
    min: 0,
    description:
      "How often ClickHouse's system tables are asked for parts, merges, replicas, disks and freshness; 0 never asks.",
  }),
  drainTimeoutMs: setting.duration({
    env: 'MILLRACE_SINK_DRAIN_TIMEOUT',
    default: 10_000,
    min: 0,
    description: 'How long a stop waits for inserts under way; what is left is repeated at start.',
  }),
});
