/**
 * Which tables are captured: patterns such as `public.orders` or `public.*` against the catalog. A pattern that
 * begins with `!` takes tables out again.
 */
import type { TableName } from './catalog.ts';

/** A dotted name in which `*` stands for any text. */
export const expressionOf = (pattern: string): RegExp =>
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
  const wanted = patterns.filter((pattern) => !pattern.startsWith('!'));
  const expressions = wanted.map(expressionOf);
  const excluded = patterns
    .filter((pattern) => pattern.startsWith('!'))
    .map((pattern) => expressionOf(pattern.slice(1)));
  return {
    tables: tables.filter(
      (table) =>
        expressions.some((expression) => expression.test(fullName(table))) &&
        !excluded.some((expression) => expression.test(fullName(table))),
    ),
    unmatched: wanted.filter(
      (_, i) => !tables.some((table) => (expressions[i] as RegExp).test(fullName(table))),
    ),
  };
};
