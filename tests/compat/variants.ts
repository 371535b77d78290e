import type { Variant } from './both-captures.ts';

/** The settings that are compared; each variant runs over the same statements at the same time. */
export const variants: readonly Variant[] = [
  {
    name: 'the default modes',
    ours: { MILLRACE_CDC_UNCHANGED_TOAST: 'placeholder' },
    theirs: { 'publish.via.partition.root': 'true' },
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
      'publish.via.partition.root': 'true',
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
];
