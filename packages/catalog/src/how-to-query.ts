/** Texts that are ready to run for one contract: SQL on its views, what a producer sends, its types. */
import {
  type Contract,
  hasWarehouse,
  historyView,
  renderRecordTypes,
  type WarehouseContract,
} from '@millrace/contracts';
import type { CatalogPage } from '@millrace/operations';
import { resolveReference, sqlName } from './contract-names.ts';
import { exampleEvent, exampleSql } from './example-values.ts';

type Recipe = CatalogPage['howToQuery'][number];

const sql = (title: string, ...lines: readonly string[]): Recipe => ({
  ...{ title, language: 'sql', text: `${lines.join('\n')};` },
});

/** By which rows have a time: of the sorting key first, else any, else when they came. */
export const timeColumn = ({ warehouse }: WarehouseContract): string => {
  const times = warehouse.columns
    .filter(({ type }) => /^(Nullable\()?Date/.test(type))
    .map(({ name }) => name);
  const sorted = warehouse.orderBy.find((name) => times.includes(name));
  return sorted ?? times[0] ?? (warehouse.role === 'dimension' ? '_committed_at' : '_produced_at');
};

const keyCondition = (contract: WarehouseContract, prefix = ''): string =>
  contract.key
    .map((field) => `${prefix}${sqlName(field)} = ${exampleSql(contract, field)}`)
    .join(' AND ');

const rowRecipes = (contract: WarehouseContract): readonly Recipe[] => {
  const view = sqlName(contract.warehouse.view);
  const time = sqlName(timeColumn(contract));
  return [
    sql('The newest rows', `SELECT *`, `FROM ${view}`, `ORDER BY ${time} DESC`, 'LIMIT 100'),
    sql(
      'How many a day',
      `SELECT toDate(${time}) AS day, count() AS row_count`,
      `FROM ${view}`,
      'GROUP BY day',
      'ORDER BY day',
    ),
  ];
};

const dimensionRecipes = (contract: WarehouseContract): readonly Recipe[] => {
  const { view, history, dictionary, columns, orderBy } = contract.warehouse;
  const shown = columns.find(({ name }) => !orderBy.includes(name))?.name;
  const key = orderBy.map((field) => exampleSql(contract, field)).join(', ');
  const keyArgument = orderBy.length === 1 ? key : `(${key})`;
  const versions = sqlName(historyView(contract));
  return [
    sql('The rows as they are now', 'SELECT *', `FROM ${sqlName(view)}`, 'LIMIT 100'),
    sql('One row', 'SELECT *', `FROM ${sqlName(view)}`, `WHERE ${keyCondition(contract)}`),
    ...(history === undefined
      ? []
      : [
          sql(
            'How one row changed',
            'SELECT *',
            `FROM ${versions}`,
            `WHERE ${keyCondition(contract)}`,
            'ORDER BY valid_from',
          ),
          sql(
            'The rows as they were a week ago',
            'SELECT *',
            `FROM ${versions}`,
            'WHERE valid_from <= now() - INTERVAL 7 DAY AND valid_to > now() - INTERVAL 7 DAY',
          ),
        ]),
    ...(dictionary === undefined || shown === undefined
      ? []
      : [
          sql(
            'One value, without a join',
            `SELECT dictGet('${view}_dictionary', '${shown}', ${keyArgument})`,
          ),
        ]),
  ];
};

/** A dimension that a field of the contract refers to by its whole key. */
interface Joined {
  readonly field: string;
  readonly dimension: WarehouseContract;
  readonly key: string;
}

const joinedDimensions = (
  contract: WarehouseContract,
  contracts: readonly Contract[],
): readonly Joined[] =>
  Object.entries(contract.about.fields).flatMap(([field, { references }]) =>
    references.flatMap((text): readonly Joined[] => {
      const found = resolveReference(text, contract.domain, contracts);
      if (found === undefined || !hasWarehouse(found.contract)) return [];
      const { role, orderBy } = found.contract.warehouse;
      const isWhole = role === 'dimension' && orderBy.length === 1 && orderBy[0] === found.field;
      return isWhole ? [{ field, dimension: found.contract, key: found.field }] : [];
    }),
  );

const joinRecipes = (
  contract: WarehouseContract,
  contracts: readonly Contract[],
): readonly Recipe[] =>
  joinedDimensions(contract, contracts).flatMap(({ field, dimension, key }) => {
    const [view, other] = [contract.warehouse.view, dimension.warehouse.view].map(sqlName);
    const [own, theirs] = [field, key].map(sqlName);
    const shown = dimension.warehouse.columns
      .filter(({ name }) => name !== key)
      .slice(0, 3)
      .map(({ name }) => `d.${sqlName(name)} AS ${sqlName(`${field}_${name}`)}`);
    const select = `SELECT r.*, ${shown.join(', ')}`;
    const time = sqlName(timeColumn(contract));
    const now = sql(
      `With ${dimension.warehouse.view}, by ${field}`,
      select,
      `FROM ${view} AS r LEFT JOIN ${other} AS d ON d.${theirs} = r.${own}`,
      'LIMIT 100',
    );
    if (dimension.warehouse.history === undefined) return [now];
    const versions = sqlName(historyView(dimension));
    return [
      now,
      sql(
        `With ${dimension.warehouse.view} as it was then, by ${field}`,
        select,
        `FROM ${view} AS r`,
        `ASOF LEFT JOIN ${versions} AS d ON d.${theirs} = r.${own} AND r.${time} >= d.valid_from`,
        'LIMIT 100',
      ),
    ];
  });

const rollupRecipes = ({ warehouse }: WarehouseContract): readonly Recipe[] =>
  (warehouse.rollups ?? []).map(({ name, by }) =>
    sql(
      `Counted already: ${name}`,
      'SELECT *',
      `FROM ${sqlName(name)}`,
      `ORDER BY ${by.map((one) => sqlName(one.name)).join(', ')}`,
      'LIMIT 100',
    ),
  );

const warehouseRecipes = (
  contract: Contract,
  contracts: readonly Contract[],
): readonly Recipe[] => {
  if (!hasWarehouse(contract)) return [];
  const own =
    contract.warehouse.role === 'dimension' ? dimensionRecipes(contract) : rowRecipes(contract);
  return [...own, ...joinRecipes(contract, contracts), ...rollupRecipes(contract)];
};

const sendRecipe = (contract: Contract): readonly Recipe[] => {
  if (contract.source.kind !== 'event') return [];
  const event = JSON.stringify(exampleEvent(contract), null, 2).replaceAll("'", "'\\''");
  const text = `curl -s localhost:8080/v1/events/${contract.domain}/${contract.name} -H 'content-type: application/json' -d '${event}'`;
  return [{ title: 'Send an event', language: 'sh', text }];
};

/** @param contracts of the whole project, for joins */
export const howToQuery = (
  contract: Contract,
  contracts: readonly Contract[],
): CatalogPage['howToQuery'] => [
  ...warehouseRecipes(contract, contracts),
  ...sendRecipe(contract),
  { title: 'Types', language: 'ts', text: renderRecordTypes(contract) },
];
