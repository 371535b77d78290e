import { sameClickHouseType } from '../warehouse/clickhouse-type.ts';
import type { WarehouseDictionary } from '../warehouse/dictionaries.ts';
import { quoteName } from '../warehouse/sql-text.ts';
import { viewStatement } from '../warehouse/table-ddl.ts';
import type { WarehouseFeed, WarehouseView } from '../warehouse/warehouse-objects.ts';
import type { TableColumn } from '../warehouse/warehouse-table.ts';
import type { ActualTable } from './actual-table.ts';
import { executeStatement, plainExpression, type TableStep } from './table-step.ts';

/** Views, materialized views and dictionaries as wanted against those that exist. */

/** A query without its database, so that both spellings compare equal. */
const plainSelect = (select: string, database: string): string =>
  plainExpression(select).replaceAll(`${plainExpression(database)}.`, '');

/** True when a view that exists has this query. */
export const sameSelect = (wanted: string, found: ActualTable, database: string): boolean =>
  plainSelect(found.select ?? '', database) === plainSelect(wanted, database);

/** A view keeps the types it was made with and casts to them, so it follows its table's columns. */
const sameColumns = (wanted: readonly TableColumn[], found: ActualTable): boolean =>
  wanted.length === found.columns.length &&
  wanted.every(({ name, type }, at) => {
    const column = found.columns[at];
    return column?.name === name && sameClickHouseType(column.type, type);
  });

const takenName = (target: 'view' | 'dictionary', name: string, found: ActualTable): TableStep => ({
  kind: 'refused',
  target,
  name,
  line: `${name} exists and is a ${found.engine}, not a ${target}`,
  way: 'Rename it, or give the contract another warehouse.name.',
});

/** The step that makes a view as wanted. */
export const viewStep = (
  { name, columns, select }: WarehouseView,
  found: ActualTable | undefined,
  database: string,
): TableStep => {
  const step = { target: 'view', name } as const;
  const replace = executeStatement(viewStatement({ name, select }));
  if (found === undefined) return { ...step, kind: 'create', line: 'create', ...replace };
  if (found.engine !== 'View') return takenName('view', name, found);
  if (!sameColumns(columns, found)) {
    return { ...step, kind: 'alter', line: 'columns change', ...replace };
  }
  if (!sameSelect(select, found, database)) {
    return { ...step, kind: 'alter', line: 'query changes', ...replace };
  }
  return found.isDefiner
    ? { ...step, kind: 'unchanged', line: 'as declared' }
    : { ...step, kind: 'alter', line: 'reads with the rights of its maker', ...replace };
};

/**
 * The steps that make a feed as wanted. Its query is exchanged in place, so no insert is missed in between; what
 * the target lacked before is taken over then.
 */
export const feedSteps = (
  feed: WarehouseFeed,
  actual: readonly ActualTable[],
  database: string,
): readonly TableStep[] => {
  const found = (wanted: string) => actual.find(({ name }) => name === wanted);
  const step = feedStep(feed, found(feed.name), database);
  const { target, fill } = feed;
  if (fill === undefined) return [step];
  if (step.kind === 'unchanged' && found(fill.doneBy) !== undefined) return [step];
  const line = 'take over what is there';
  return [
    step,
    { kind: 'alter', target: 'table', name: target, line, ...executeStatement(fill.statement) },
  ];
};

const feedStep = (
  { name, target, select }: WarehouseFeed,
  found: ActualTable | undefined,
  database: string,
): TableStep => {
  const step = { target: 'view', name } as const;
  if (found === undefined) {
    return {
      ...step,
      kind: 'create',
      line: `create, into ${target}`,
      ...executeStatement(
        `CREATE MATERIALIZED VIEW ${quoteName(name)} TO ${quoteName(target)} AS ${select}`,
      ),
    };
  }
  if (found.engine !== 'MaterializedView') return takenName('view', name, found);
  if (sameSelect(select, found, database)) {
    return { ...step, kind: 'unchanged', line: 'as declared' };
  }
  return {
    ...step,
    kind: 'alter',
    line: 'query changes',
    ...executeStatement(`ALTER TABLE ${quoteName(name)} MODIFY QUERY ${select}`),
  };
};

/** The step that makes a dictionary as wanted; it is loaded anew by its next use. */
export const dictionaryStep = (
  { name, definition }: WarehouseDictionary,
  found: ActualTable | undefined,
  database: string,
): TableStep => {
  const step = { target: 'dictionary', name } as const;
  const wanted = definition(database);
  const replace = executeStatement(`CREATE OR REPLACE ${wanted}`);
  if (found === undefined) return { ...step, kind: 'create', line: 'create', ...replace };
  if (found.engine !== 'Dictionary') return takenName('dictionary', name, found);
  if (plainExpression(found.select ?? '') === plainExpression(`CREATE ${wanted}`)) {
    return { ...step, kind: 'unchanged', line: 'as declared' };
  }
  return { ...step, kind: 'alter', line: 'definition changes', ...replace };
};
