/**
 * Dictionaries of a dimension: its rows in the server's memory, for look-ups by key (`dictGet`) instead of
 * a join. They read the dimension's views, so deletes and versions are settled there. The definition holds
 * no password: the server reads its own views as its default user, or with a named collection's
 * credentials.
 */
import type { DictionarySettings, WarehouseColumn } from '../contract.ts';
import {
  bareType,
  formatClickHouseType,
  isNullableType,
  parseClickHouseType,
} from './clickhouse-type.ts';
import { historyView } from './dimension-history.ts';
import { quoteName, quoteText } from './sql-text.ts';
import type { WarehouseContract } from './warehouse-table.ts';

export interface WarehouseDictionary {
  readonly name: string;
  /** The statement in the server's spelling, behind `CREATE`. */
  definition(database: string): string;
}

interface Attribute {
  readonly name: string;
  readonly type: string;
}

/** Types that no dictionary holds. */
const unheld = ['Map', 'Tuple', 'FixedString'];

const attributeOf = ({ name, type }: WarehouseColumn): readonly Attribute[] => {
  const parsed = parseClickHouseType(type);
  if (parsed === undefined) return [];
  const bare = bareType(parsed);
  if (unheld.includes(bare.name)) return [];
  const text = formatClickHouseType(bare);
  return [{ name, type: isNullableType(parsed) ? `Nullable(${text})` : text }];
};

const attributesOf = ({ warehouse }: WarehouseContract): readonly Attribute[] =>
  warehouse.columns.flatMap(attributeOf);

interface DictionaryParts {
  readonly attributes: readonly Attribute[];
  readonly source: string;
  readonly layout: string;
}

const definitionOf = (
  contract: WarehouseContract,
  name: string,
  settings: DictionarySettings,
  database: string,
  { attributes, source, layout }: DictionaryParts,
): string => {
  const columns = attributes.map((one) => `${quoteName(one.name)} ${one.type}`).join(', ');
  const key = contract.warehouse.orderBy.map(quoteName).join(', ');
  const credentials = settings.credentials === undefined ? '' : `NAME ${settings.credentials} `;
  const { lifetimeSeconds: seconds } = settings;
  return [
    `DICTIONARY ${quoteName(database)}.${quoteName(name)} (${columns}) PRIMARY KEY ${key}`,
    `SOURCE(CLICKHOUSE(${credentials}${source})) LIFETIME(MIN ${seconds} MAX ${seconds})`,
    `LAYOUT(${layout} COMMENT ${quoteText(contract.description)}`,
  ].join(' ');
};

const currentDictionary = (
  contract: WarehouseContract,
  settings: DictionarySettings,
): WarehouseDictionary => {
  const { view } = contract.warehouse;
  const name = `${view}_dictionary`;
  return {
    name,
    definition: (database) =>
      definitionOf(contract, name, settings, database, {
        attributes: attributesOf(contract),
        source: `DB ${quoteText(database)} TABLE ${quoteText(view)}`,
        layout: 'COMPLEX_KEY_HASHED_ARRAY())',
      }),
  };
};

/** Of all versions: asked with a key and a moment. Its ranges include both ends, hence the millisecond. */
const historyDictionary = (
  contract: WarehouseContract,
  settings: DictionarySettings,
): WarehouseDictionary => {
  const view = historyView(contract);
  const name = `${view}_dictionary`;
  const type = "DateTime64(3, 'UTC')";
  return {
    name,
    definition: (database) => {
      const attributes = attributesOf(contract);
      const columns = attributes.map((one) => quoteName(one.name)).join(', ');
      const query = `SELECT ${columns}, valid_from, subtractMilliseconds(valid_to, 1) AS valid_until FROM ${quoteName(database)}.${quoteName(view)}`;
      return definitionOf(contract, name, settings, database, {
        attributes: [...attributes, { name: 'valid_from', type }, { name: 'valid_until', type }],
        source: `QUERY ${quoteText(query)}`,
        layout: 'COMPLEX_KEY_RANGE_HASHED()) RANGE(MIN valid_from MAX valid_until)',
      });
    },
  };
};

/** The dictionaries that a contract asks for. */
export const dictionariesOf = (contract: WarehouseContract): readonly WarehouseDictionary[] => {
  const { dictionary, history } = contract.warehouse;
  return [
    ...(dictionary === undefined ? [] : [currentDictionary(contract, dictionary)]),
    ...(history?.dictionary === undefined ? [] : [historyDictionary(contract, history.dictionary)]),
  ];
};
