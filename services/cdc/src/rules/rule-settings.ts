/** Settings of what rules do to columns and keys. */
import { setting } from '@millrace/runtime';

export const ruleSettings = {
  columnsInclude: setting.list({
    env: 'MILLRACE_CDC_COLUMNS_INCLUDE',
    default: [],
    description:
      'Only these columns, as schema.table.column; * stands for any text. Key columns always come along.',
  }),
  columnsExclude: setting.list({
    env: 'MILLRACE_CDC_COLUMNS_EXCLUDE',
    default: [],
    description: 'Columns left out of the records. A key column cannot be.',
  }),
  columnsMask: setting.list({
    env: 'MILLRACE_CDC_COLUMNS_MASK',
    default: [],
    description:
      'Text columns whose every value becomes n asterisks, null included: <n>:<schema.table.column>.',
  }),
  columnsMaskHash: setting.list({
    env: 'MILLRACE_CDC_COLUMNS_MASK_HASH',
    default: [],
    description:
      'Text columns that become the hash of salt and value, as Debezium’s column.mask.hash.v2: SHA-256:<schema.table.column>, or SHA-512.',
  }),
  maskHashSalt: setting.string({
    env: 'MILLRACE_CDC_MASK_HASH_SALT',
    optional: true,
    secret: true,
    description: 'The salt of hashed columns: whoever knows it can guess values.',
  }),
  columnsTruncate: setting.list({
    env: 'MILLRACE_CDC_COLUMNS_TRUNCATE',
    default: [],
    description: 'Text columns cut to n characters: <n>:<schema.table.column>.',
  }),
  columnsSourceType: setting.list({
    env: 'MILLRACE_CDC_COLUMNS_SOURCE_TYPE',
    default: [],
    description:
      'Columns, as schema.table.column, whose schema says type, length and scale in PostgreSQL, as Debezium’s column.propagate.source.type.',
  }),
  messageKeyColumns: setting.string({
    env: 'MILLRACE_CDC_MESSAGE_KEY_COLUMNS',
    optional: true,
    description:
      'Own keys: schema.table:column,column;schema.table:column. Columns outside the primary key need REPLICA IDENTITY FULL.',
  }),
  skipUnchanged: setting.flag({
    env: 'MILLRACE_CDC_SKIP_UNCHANGED',
    default: false,
    description:
      'Leaves out an UPDATE that changed no captured column; it can be told only under REPLICA IDENTITY FULL.',
  }),
};
