export { quoteName as quoteIdentifier, quoteText as quoteLiteral } from '@millrace/contracts';
export { type ClickHouseRejection, classifyError, rejectionOf } from './classify-error.ts';
export type {
  ClickHouse,
  ClickHouseOptions,
  ClickHouseSettingValues,
  InsertBody,
  InsertOptions,
  SelectedRows,
  SelectOptions,
} from './clickhouse.ts';
export { createClickHouse } from './connect-clickhouse.ts';
export {
  type DescribedColumn,
  type DescribedIndex,
  type DescribedTable,
  describeTable,
} from './describe-table.ts';
export { splitStatements } from './split-statements.ts';
