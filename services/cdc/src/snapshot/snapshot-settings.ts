/** Settings of how rows are read that are there already. */
import { setting } from '@millrace/runtime';

const MIB = 1024 * 1024;

export const snapshotSettings = {
  snapshotMode: setting.enumeration({
    env: 'MILLRACE_CDC_SNAPSHOT_MODE',
    values: ['initial', 'initial_only', 'no_data', 'when_needed', 'always'],
    default: 'initial',
    description:
      'initial: one snapshot at the very start. initial_only: the same, then the service ends. no_data: none. when_needed: also when the slot was lost, instead of stopping. always: at every start, beside the stream.',
  }),
  snapshotTables: setting.list({
    env: 'MILLRACE_CDC_SNAPSHOT_TABLES',
    default: [],
    description: 'Captured tables whose rows the snapshot reads, as patterns. Default: all.',
  }),
  snapshotWhere: setting.string({
    env: 'MILLRACE_CDC_SNAPSHOT_WHERE',
    default: '{}',
    description:
      'Rows that the snapshot reads, as a JSON object: {"public.orders": "created_at > \'2026-01-01\'"}. The stream is not limited.',
  }),
  snapshotSelect: setting.string({
    env: 'MILLRACE_CDC_SNAPSHOT_SELECT',
    default: '{}',
    description:
      'Statements that the snapshot reads instead of tables, as a JSON object: {"public.orders": "select * from public.orders order by id"}. Each gives every column of its table, by name.',
  }),
  snapshotStreams: setting.integer({
    env: 'MILLRACE_CDC_SNAPSHOT_STREAMS',
    default: 2,
    min: 1,
    max: 16,
    description: 'Connections that read the initial snapshot side by side.',
  }),
  snapshotChunkBytes: setting.bytes({
    env: 'MILLRACE_CDC_SNAPSHOT_CHUNK_BYTES',
    default: 4 * MIB,
    min: 8192,
    max: 1024 * MIB,
    description: 'Part of a table’s file that is read at once; a killed snapshot reads it again.',
  }),
  snapshotLockTimeoutMs: setting.duration({
    env: 'MILLRACE_CDC_SNAPSHOT_LOCK_TIMEOUT',
    default: 10_000,
    min: 0,
    max: 3_600_000,
    description: 'How long the snapshot waits for a table that is being altered; 0s is for ever.',
  }),
  snapshotTransactionTimeoutMs: setting.duration({
    env: 'MILLRACE_CDC_SNAPSHOT_TRANSACTION_TIMEOUT',
    default: 900_000,
    min: 1000,
    max: 86_400_000,
    description:
      'Time for the tables that a snapshot must write as one Kafka transaction: those without a key, or with a statement. At most the broker’s transaction.max.timeout.ms.',
  }),
  incrementalChunkRows: setting.integer({
    env: 'MILLRACE_CDC_INCREMENTAL_CHUNK_ROWS',
    default: 10_000,
    min: 1,
    max: 1_000_000,
    description:
      'Most rows that a snapshot beside the stream reads at once; MILLRACE_CDC_BATCH_BYTES_MAX bounds their bytes.',
  }),
};
