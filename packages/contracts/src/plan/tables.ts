import type { Contract } from '../contract.ts';
import {
  type ClusterLayout,
  type DistributedTable,
  distributedDdl,
  laidOutObjects,
  onCluster,
  plainEngine,
} from '../warehouse/cluster-layout.ts';
import { rollupsOf } from '../warehouse/rollups.ts';
import { quoteName, quoteText } from '../warehouse/sql-text.ts';
import { tableDdl } from '../warehouse/table-ddl.ts';
import {
  hasWarehouse,
  type TableColumn,
  type TableShape,
  type WarehouseContract,
} from '../warehouse/warehouse-table.ts';
import type { ActualTable } from './actual-table.ts';
import { leavingSteps } from './leaving-columns.ts';
import { rollupSteps } from './rollups.ts';
import { columnSteps } from './table-columns.ts';
import { indexSteps } from './table-indexes.ts';
import { executeStatement, sameExpression, type TableStep } from './table-step.ts';
import { dictionaryStep, feedSteps, viewStep } from './views.ts';

/**
 * Tables and views as the contracts want them against those that exist. Adding is done; changing a type,
 * removing a column or another order is not additive and is refused or asked for by name. Whatever the
 * contract does not speak of (extra settings, projections, columns of others' views) is left alone.
 */
/** What cannot be done in place, with the command that does it for this contract. */
const withWay =
  ({ id }: WarehouseContract) =>
  (step: TableStep): TableStep =>
    step.kind === 'refused' && step.target === 'table'
      ? {
          ...step,
          way: `Build it anew beside the old one and exchange the two while data flows: millrace contracts rebuild ${id}`,
        }
      : step;

const refusedKey = (shape: TableShape, word: string, from: string, to: string): TableStep => ({
  kind: 'refused',
  target: 'table',
  name: shape.name,
  line: `${word} ${from || '(none)'} → ${to || '(none)'}: a table keeps the one it was made with`,
});

const keySteps = (shape: TableShape, actual: ActualTable): readonly TableStep[] => {
  const orderBy = shape.orderBy.join(', ');
  const pairs = [
    ['engine', plainEngine(actual.engine), plainEngine(shape.engine)],
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

const shapeSteps = (shape: TableShape, found: ActualTable | undefined): readonly TableStep[] => {
  const step = { target: 'table', name: shape.name } as const;
  if (found === undefined) {
    const line = `create ${shape.engine} ordered by ${shape.orderBy.join(', ')} with ${shape.columns.length} columns`;
    return [{ ...step, kind: 'create', line, ...executeStatement(tableDdl(shape)) }];
  }
  const changes = tableSteps(shape, found);
  return changes.length + leavingSteps(shape, found).length > 0
    ? changes
    : [{ ...step, kind: 'unchanged', line: 'as declared' }];
};

const bare = <Column extends TableColumn>({ name, type, defaultExpression }: Column) => ({
  name,
  type,
  ...(defaultExpression === undefined ? {} : { defaultExpression }),
});

/** A table over shards has the columns of the tables there, without how they are kept. */
const distributedSteps = (
  table: DistributedTable,
  found: ActualTable | undefined,
): readonly TableStep[] => {
  const step = { target: 'table', name: table.name } as const;
  if (found === undefined) {
    const line = `create ${table.engine}`;
    return [{ ...step, kind: 'create', line, ...executeStatement(distributedDdl(table)) }];
  }
  const shape = { name: table.name, columns: table.columns.map(bare), orderBy: [] };
  const changes = columnSteps(shape, { ...found, columns: found.columns.map(bare) });
  return changes.length + leavingSteps(shape, found).length > 0
    ? changes
    : [{ ...step, kind: 'unchanged', line: 'as declared' }];
};

/**
 * The steps that make tables and views as wanted, on every server of a layout's cluster; a table comes before its view.
 * `database` is the one the actual tables were described in.
 */
export const planTables = (
  contracts: readonly Contract[],
  actual: readonly ActualTable[],
  database: string,
  layout?: ClusterLayout,
): readonly TableStep[] => {
  const found = (wanted: string) => actual.find(({ name }) => name === wanted);
  const steps = contracts.filter(hasWarehouse).flatMap((contract): readonly TableStep[] => {
    const { tables, distributed, feeds, views, dictionaries } = laidOutObjects(contract, layout);
    return [
      ...tables.flatMap((shape) => shapeSteps(shape, found(shape.name))).map(withWay(contract)),
      ...distributed.flatMap((table) => distributedSteps(table, found(table.name))),
      ...feeds.flatMap((feed) => feedSteps(feed, actual, database)),
      ...views.map((view) => viewStep(view, found(view.name), database)),
      ...dictionaries.map((one) => dictionaryStep(one, found(one.name), database)),
      ...rollupsOf(contract).flatMap((rollup) => rollupSteps(rollup, actual, database, layout)),
      // after all that read them: the server refuses to remove a column under a feed
      ...[...distributed, ...tables].flatMap((shape) => {
        const table = found(shape.name);
        return table === undefined ? [] : leavingSteps(shape, table);
      }),
    ];
  });
  if (layout === undefined) return steps;
  return steps.map((step) => {
    if (step.action?.do !== 'execute') return step;
    const { statement, afterwards } = step.action;
    const next = afterwards === undefined ? undefined : onCluster(afterwards, layout);
    return { ...step, ...executeStatement(onCluster(statement, layout), next) };
  });
};
