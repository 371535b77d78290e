import type { Contract } from '../contract.ts';
import { sameClickHouseType } from '../warehouse/clickhouse-type.ts';
import { quoteName, quoteText } from '../warehouse/sql-text.ts';
import { rawTableDdl, viewColumns, viewDdl, viewSelect } from '../warehouse/table-ddl.ts';
import {
  hasWarehouse,
  type TableColumn,
  type TableShape,
  tableShape,
  type WarehouseContract,
} from '../warehouse/warehouse-table.ts';
import type { ActualTable } from './actual-table.ts';
import { columnSteps } from './table-columns.ts';
import { indexSteps } from './table-indexes.ts';
import { executeStatement, plainExpression, sameExpression, type TableStep } from './table-step.ts';

/**
 * Tables and views as the contracts want them against those that exist. Adding is done; changing a type,
 * removing a column or another order is not additive and is refused or asked for by name. Whatever the
 * contract does not speak of (extra settings, projections, columns of others' views) is left alone.
 */
const refusedKey = (shape: TableShape, word: string, from: string, to: string): TableStep => ({
  kind: 'refused',
  target: 'table',
  name: shape.name,
  line: `${word} ${from || '(none)'} → ${to || '(none)'}: a table keeps the one it was made with`,
  way: 'Make a table of another name (warehouse.name), fill it from the old one, then drop that.',
});

const keySteps = (shape: TableShape, actual: ActualTable): readonly TableStep[] => {
  const orderBy = shape.orderBy.join(', ');
  const pairs = [
    ['engine', actual.engine, shape.engine],
    ['orderBy', actual.sortingKey, orderBy],
    ['partitionBy', actual.partitionKey, shape.partitionBy ?? ''],
  ] as const;
  return pairs
    .filter(([, from, to]) => !sameExpression(from, to))
    .map(([word, from, to]) => refusedKey(shape, word, from, to));
};

const ttlSteps = (shape: TableShape, actual: ActualTable): readonly TableStep[] => {
  if (sameExpression(shape.ttl, actual.ttl)) return [];
  const table = quoteName(shape.name);
  const step = { target: 'table', name: shape.name } as const;
  if (shape.ttl === undefined) {
    const line = `ttl ${actual.ttl} → (none)`;
    return [
      { ...step, kind: 'alter', line, ...executeStatement(`ALTER TABLE ${table} REMOVE TTL`) },
    ];
  }
  return [
    {
      ...step,
      kind: 'destructive',
      line: `ttl ${actual.ttl ?? '(none)'} → ${shape.ttl}: rows past it are deleted`,
      way: 'Make sure no one needs the rows past it, then apply with --allow-destructive.',
      ...executeStatement(`ALTER TABLE ${table} MODIFY TTL ${shape.ttl}`),
    },
  ];
};

const commentSteps = (shape: TableShape, actual: ActualTable): readonly TableStep[] =>
  shape.comment === (actual.comment ?? '')
    ? []
    : [
        {
          kind: 'alter',
          target: 'table',
          name: shape.name,
          line: 'table comment changes',
          ...executeStatement(
            `ALTER TABLE ${quoteName(shape.name)} MODIFY COMMENT ${quoteText(shape.comment)}`,
          ),
        },
      ];

/** Settings that the server does not change on a table that exists. */
const keptSettings: readonly string[] = ['index_granularity'];

const settingSteps = (shape: TableShape, actual: ActualTable): readonly TableStep[] =>
  Object.entries(shape.settings)
    .filter(([name, value]) => actual.settings?.[name] !== String(value))
    .map(([name, value]) => {
      const from = actual.settings?.[name] ?? '(default)';
      if (keptSettings.includes(name)) return refusedKey(shape, name, from, String(value));
      return {
        kind: 'alter',
        target: 'table',
        name: shape.name,
        line: `setting ${name} ${from} → ${value}`,
        ...executeStatement(
          `ALTER TABLE ${quoteName(shape.name)} MODIFY SETTING ${name} = ${value}`,
        ),
      };
    });

const tableSteps = (shape: TableShape, actual: ActualTable): readonly TableStep[] => [
  ...columnSteps(shape, actual),
  ...keySteps(shape, actual),
  ...ttlSteps(shape, actual),
  ...commentSteps(shape, actual),
  ...indexSteps(shape, actual),
  ...settingSteps(shape, actual),
];

/** A view's query without its database, so that both spellings compare equal. */
const plainSelect = (select: string, database: string): string =>
  plainExpression(select).replaceAll(`${plainExpression(database)}.`, '');

/**
 * The steps that make tables and views as wanted; a table comes before its view.
 * `database` is the one the actual tables were described in.
 */
export const planTables = (
  contracts: readonly Contract[],
  actual: readonly ActualTable[],
  database: string,
): readonly TableStep[] =>
  contracts.filter(hasWarehouse).flatMap((contract): readonly TableStep[] => {
    const shape = tableShape(contract);
    const table = actual.find(({ name }) => name === shape.name);
    const found = actual.find(({ name }) => name === contract.warehouse.view);
    const changes: readonly TableStep[] =
      table === undefined
        ? [
            {
              kind: 'create',
              target: 'table',
              name: shape.name,
              line: `create ${shape.engine} ordered by ${shape.orderBy.join(', ')} with ${shape.columns.length} columns`,
              ...executeStatement(rawTableDdl(contract)),
            },
          ]
        : tableSteps(shape, table);
    const steps: readonly TableStep[] =
      changes.length > 0
        ? changes
        : [{ kind: 'unchanged', target: 'table', name: shape.name, line: 'as declared' }];
    return [...steps, viewStep(contract, found, database)];
  });

/** A view keeps the types it was made with and casts to them, so it follows its table's columns. */
const sameColumns = (wanted: readonly TableColumn[], found: ActualTable): boolean =>
  wanted.length === found.columns.length &&
  wanted.every(({ name, type }, at) => {
    const column = found.columns[at];
    return column?.name === name && sameClickHouseType(column.type, type);
  });

const viewStep = (
  contract: WarehouseContract,
  found: ActualTable | undefined,
  database: string,
): TableStep => {
  const { view } = contract.warehouse;
  const step = { target: 'view', name: view } as const;
  const replace = executeStatement(viewDdl(contract));
  if (found === undefined) return { ...step, kind: 'create', line: 'create', ...replace };
  if (found.engine !== 'View') {
    return {
      ...step,
      kind: 'refused',
      line: `${view} exists and is a ${found.engine}, not a view`,
      way: 'Rename it, or give the contract another warehouse.name.',
    };
  }
  if (!sameColumns(viewColumns(contract), found)) {
    return { ...step, kind: 'alter', line: 'columns change', ...replace };
  }
  const select = viewSelect(contract);
  if (plainSelect(found.select ?? '', database) === plainSelect(select, database)) {
    return { ...step, kind: 'unchanged', line: 'as declared' };
  }
  return { ...step, kind: 'alter', line: 'query changes', ...replace };
};
