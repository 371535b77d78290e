/** Which tables are captured: patterns such as `public.orders` or `public.*` against the catalog. */
import type { TableName } from './catalog.ts';

const expressionOf = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  );

export interface Capture<Table extends TableName> {
  readonly tables: readonly Table[];
  /** Patterns that match nothing. */
  readonly unmatched: readonly string[];
}

export const selectTables = <Table extends TableName>(
  tables: readonly Table[],
  patterns: readonly string[],
): Capture<Table> => {
  const fullName = (table: TableName): string => `${table.schema}.${table.table}`;
  const expressions = patterns.map(expressionOf);
  return {
    tables: tables.filter((table) =>
      expressions.some((expression) => expression.test(fullName(table))),
    ),
    unmatched: patterns.filter(
      (_, i) => !tables.some((table) => (expressions[i] as RegExp).test(fullName(table))),
    ),
  };
};
