import type { Variant } from './both-captures.ts';

/** Debezium would make a record of each logical message that our heartbeats and snapshots write. */
const withoutOurMarks = {
  'publish.via.partition.root': 'true',
  'message.prefix.exclude.list': String.raw`millrace\..*`,
};

/** The settings that are compared; each variant runs over the same statements at the same time. */
export const variants: readonly Variant[] = [
  {
    name: 'the default modes',
    ours: { MILLRACE_CDC_UNCHANGED_TOAST: 'placeholder' },
    theirs: withoutOurMarks,
  },
  {
    name: 'milliseconds, text and maps',
    ours: {
      MILLRACE_CDC_UNCHANGED_TOAST: 'placeholder',
      MILLRACE_CDC_TIME_PRECISION: 'connect',
      MILLRACE_CDC_DECIMAL: 'string',
      MILLRACE_CDC_BINARY: 'base64',
      MILLRACE_CDC_INTERVAL: 'string',
      MILLRACE_CDC_HSTORE: 'map',
      MILLRACE_CDC_SIGNAL_TABLE: 'public.debezium_signal',
    },
    theirs: {
      ...withoutOurMarks,
      'time.precision.mode': 'connect',
      'decimal.handling.mode': 'string',
      'binary.handling.mode': 'base64',
      'interval.handling.mode': 'string',
      'hstore.handling.mode': 'map',
      'signal.data.collection': 'public.debezium_signal',
    },
    snapshot: 'public.every_type',
  },
  {
    name: 'ISO text, doubles, hex, source types',
    ours: {
      MILLRACE_CDC_UNCHANGED_TOAST: 'placeholder',
      MILLRACE_CDC_TIME_PRECISION: 'isostring',
      MILLRACE_CDC_DECIMAL: 'double',
      MILLRACE_CDC_BINARY: 'hex',
      MILLRACE_CDC_COLUMNS_SOURCE_TYPE: '*',
    },
    theirs: {
      ...withoutOurMarks,
      'time.precision.mode': 'isostring',
      'decimal.handling.mode': 'double',
      'binary.handling.mode': 'hex',
      'column.propagate.source.type': '.*',
      'include.schema.comments': 'true',
    },
  },
  {
    name: 'column rules, own keys, truncate, no tombstones',
    ours: {
      MILLRACE_CDC_UNCHANGED_TOAST: 'placeholder',
      MILLRACE_CDC_COLUMNS_MASK: '5:public.simple.name',
      MILLRACE_CDC_COLUMNS_MASK_HASH: 'SHA-256:public.keyed_full.v',
      MILLRACE_CDC_MASK_HASH_SALT: 'pinch',
      MILLRACE_CDC_COLUMNS_TRUNCATE: '3:public.changing.a',
      MILLRACE_CDC_COLUMNS_EXCLUDE: 'public.every_type.x',
      MILLRACE_CDC_MESSAGE_KEY_COLUMNS: 'public.keyed_full:w',
      MILLRACE_CDC_TABLES_EXCLUDE: 'public.by_index',
      MILLRACE_CDC_TRUNCATE: 'emit',
      MILLRACE_CDC_TOMBSTONES: 'false',
    },
    theirs: {
      ...withoutOurMarks,
      'column.mask.with.5.chars': 'public.simple.name',
      'column.mask.hash.v2.SHA-256.with.salt.pinch': 'public.keyed_full.v',
      'column.truncate.to.3.chars': 'public.changing.a',
      'column.exclude.list': 'public.every_type.x',
      'message.key.columns': 'public.keyed_full:w',
      'table.exclude.list': 'public.by_index',
      'skipped.operations': 'none',
      'tombstones.on.delete': 'false',
    },
  },
  {
    name: 'transaction metadata, partitions as tables, no updates',
    ours: {
      MILLRACE_CDC_UNCHANGED_TOAST: 'placeholder',
      MILLRACE_CDC_TRANSACTION_METADATA: 'true',
      MILLRACE_CDC_PARTITIONS: 'leaf',
      MILLRACE_CDC_OPERATIONS: 'insert,delete',
      MILLRACE_CDC_TIME_PRECISION: 'microseconds',
      MILLRACE_CDC_COLUMNS_MASK_HASH: 'SHA-512:public.keyless.v',
      MILLRACE_CDC_MASK_HASH_SALT: 'pinch',
    },
    theirs: {
      ...withoutOurMarks,
      'provide.transaction.metadata': 'true',
      'publish.via.partition.root': 'false',
      'skipped.operations': 'u,t',
      // a filtered one it cannot change under skipped.operations: its statement is wrong
      'publication.autocreate.mode': 'all_tables',
      'time.precision.mode': 'microseconds',
      'column.mask.hash.v2.SHA-512.with.salt.pinch': 'public.keyless.v',
    },
  },
];
