/** Every setting of the service, once: variables, --help, the reference page and the chart come from here. */
import { floodSettings } from '@millrace/dead-letters';
import {
  type ConfigOf,
  defineConfig,
  kafkaSettings,
  peerSettings,
  platformSettings,
  setting,
} from '@millrace/runtime';

const MIB = 1024 * 1024;

export const config = defineConfig('stream-transform', {
  project: platformSettings.project,
  ...kafkaSettings,
  registryUrl: platformSettings.registryUrl,
  port: setting.port({
    env: 'MILLRACE_STREAM_TRANSFORM_PORT',
    default: 8082,
    description:
      'Port that answers questions about state. 0 takes a free one; the started line tells which.',
  }),
  host: setting.string({
    env: 'MILLRACE_STREAM_TRANSFORM_HOST',
    default: '127.0.0.1',
    description:
      'Address that this port is bound to. It has no users: what transforms keep is readable for whoever reaches it.',
  }),
  advertisedUrl: setting.string({
    env: 'MILLRACE_STREAM_TRANSFORM_ADVERTISED_URL',
    default: '',
    description:
      'URL under which other instances reach that port, which they pass questions on to, e.g. http://10.0.0.7:8082; made of host and port when left out, of the machine’s name where the host is 0.0.0.0.',
  }),
  ...floodSettings('STREAM_TRANSFORM'),
  transforms: setting.list({
    env: 'MILLRACE_STREAM_TRANSFORM_TRANSFORMS',
    default: [],
    description: 'Only the transforms of these names; every file in transforms/ when left out.',
  }),
  beside: setting.string({
    env: 'MILLRACE_STREAM_TRANSFORM_BESIDE',
    optional: true,
    description:
      'Runs the transforms beside themselves: groups, state and topics of the results are those of the live ones with this behind them. What `millrace transform replay --into` sets.',
  }),
  again: setting.list({
    env: 'MILLRACE_STREAM_TRANSFORM_AGAIN',
    default: [],
    description:
      'Takes these records of dead.stream-transform through their transform once more, each partition:offset+offset+…, tells what came of them on _millrace.dead.transformed-again, and ends. A redrive sets it.',
  }),
  redrive: setting.string({
    env: 'MILLRACE_STREAM_TRANSFORM_REDRIVE',
    default: '',
    description: 'With MILLRACE_STREAM_TRANSFORM_AGAIN: who asks. A redrive sets it.',
  }),
  threads: setting.integer({
    env: 'MILLRACE_STREAM_TRANSFORM_THREADS',
    default: 1,
    min: 1,
    max: 32,
    description:
      'Threads that share the tasks, each a member of the group with connections, global tables and a state directory of its own; about one a core.',
  }),
  commitIntervalMs: setting.duration({
    env: 'MILLRACE_STREAM_TRANSFORM_COMMIT_INTERVAL',
    default: 100,
    min: 1,
    max: 60_000,
    description:
      'How long a record waits at most for the transaction that commits what came of it. Updates of windows are sent once a commit.',
  }),
  commitBytesMax: setting.bytes({
    env: 'MILLRACE_STREAM_TRANSFORM_COMMIT_BYTES',
    default: 4 * MIB,
    min: 1024,
    max: 256 * MIB,
    description: 'Keys and values of one transaction, beyond which it is committed early.',
  }),
  bufferBytesMax: setting.bytes({
    env: 'MILLRACE_STREAM_TRANSFORM_BUFFER_BYTES',
    default: 4 * MIB,
    min: 64 * 1024,
    max: 1024 * MIB,
    description:
      'Memory of fetched records that wait in one task; its partitions are paused beyond it.',
  }),
  fetchBytesMax: setting.bytes({
    env: 'MILLRACE_STREAM_TRANSFORM_FETCH_BYTES',
    default: 4 * MIB,
    min: 64 * 1024,
    max: 256 * MIB,
    description: 'Size of one fetch from a broker at most.',
  }),
  stateDir: setting.string({
    env: 'MILLRACE_STREAM_TRANSFORM_STATE_DIR',
    default: '.millrace/state',
    description:
      'Directory for state that memory has no room for, and for checkpoints; each instance has one of its own. It may be deleted while the service is stopped.',
  }),
  stateBytesMax: setting.bytes({
    env: 'MILLRACE_STREAM_TRANSFORM_STATE_BYTES',
    default: 256 * MIB,
    min: MIB,
    max: 1024 * 1024 * MIB,
    description:
      'Memory of state, estimated: tasks and standby copies of all transforms share it, each uses what the others leave and has an even share for certain; beyond it entries that were not asked for lately stay on disk.',
  }),
  checkpointIntervalMs: setting.duration({
    env: 'MILLRACE_STREAM_TRANSFORM_CHECKPOINT_INTERVAL',
    default: 30_000,
    min: 100,
    max: 3_600_000,
    description:
      'How often state is written to disk at least, so that a restart has no more of the changelog to read.',
  }),
  compression: setting.enumeration({
    env: 'MILLRACE_STREAM_TRANSFORM_COMPRESSION',
    values: ['none', 'gzip', 'lz4', 'zstd'],
    default: 'none',
    description: 'How record batches are compressed.',
  }),
  transactionTimeoutMs: setting.duration({
    env: 'MILLRACE_STREAM_TRANSFORM_TRANSACTION_TIMEOUT',
    default: 30_000,
    min: 1000,
    max: 900_000,
    description:
      'After this the broker aborts a transaction that a dead instance left open; taken in whole seconds.',
  }),
  sessionTimeoutMs: setting.duration({
    env: 'MILLRACE_STREAM_TRANSFORM_SESSION_TIMEOUT',
    default: 10_000,
    min: 6_000,
    max: 1_800_000,
    description: 'How long the group waits for a silent instance before others take its tasks.',
  }),
  ...peerSettings('STREAM_TRANSFORM'),
  schemaWaitMs: setting.duration({
    env: 'MILLRACE_STREAM_TRANSFORM_SCHEMA_WAIT',
    default: 5_000,
    min: 0,
    max: 600_000,
    description: 'How long an unknown schema id is asked for before its records are dead letters.',
  }),
  topicReplication: setting.integer({
    env: 'MILLRACE_STREAM_TRANSFORM_TOPIC_REPLICATION',
    default: -1,
    min: -1,
    max: 32_767,
    description:
      'Replication factor of repartition and changelog topics; -1 is the broker’s default.',
  }),
  drainTimeoutMs: setting.duration({
    env: 'MILLRACE_STREAM_TRANSFORM_DRAIN_TIMEOUT',
    default: 10_000,
    min: 0,
    max: 600_000,
    description: 'How long a stop waits for the last commits; what is left is done again at start.',
  }),
});

export type TransformConfig = ConfigOf<typeof config>;
