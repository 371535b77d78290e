/** Names in contracts that mean other contracts, and what datasets are called in lineage. */
import { type Contract, quoteName } from '@millrace/contracts';

export interface FieldOfContract {
  readonly contract: Contract;
  /** Null: the contract as a whole. */
  readonly field: string | null;
}

const hasField = ({ record }: Contract, field: string): boolean =>
  record.fields.some(({ name }) => name === field);

/** `<domain>.<name>` or `<domain>.<name>.<field>`; undefined for what is outside the project. */
export const resolveSource = (
  text: string,
  contracts: readonly Contract[],
): FieldOfContract | undefined => {
  const whole = contracts.find(({ id }) => id === text);
  if (whole !== undefined) return { contract: whole, field: null };
  const at = text.lastIndexOf('.');
  const contract = contracts.find(({ id }) => id === text.slice(0, at));
  const field = text.slice(at + 1);
  return contract !== undefined && hasField(contract, field) ? { contract, field } : undefined;
};

/** ODCS's short form `<name>.<field>`: of the same domain, else of the only contract of that name. */
export const resolveReference = (
  text: string,
  domain: string,
  contracts: readonly Contract[],
): { readonly contract: Contract; readonly field: string } | undefined => {
  const [name = '', field = ''] = text.split('.');
  const fitting = contracts.filter((one) => one.name === name && hasField(one, field));
  const own = fitting.find((one) => one.domain === domain);
  const contract = own ?? (fitting.length === 1 ? fitting[0] : undefined);
  return contract === undefined ? undefined : { contract, field };
};

export const clickhouseDataset = (name: string): string => `clickhouse:${name}`;

export const postgresDataset = (source: string, schema: string, table: string): string =>
  `postgres:${source}.${schema}.${table}`;

const reserved = new Set(
  'all and array as asc between by case cast desc distinct else end exists false from group having in is join like limit not null offset on or order select set then to true union using when where with'.split(
    ' ',
  ),
);

/** A name in SQL for people: quoted only where it must be. */
export const sqlName = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/i.test(name) && !reserved.has(name.toLowerCase()) ? name : quoteName(name);

/** The names of these that stand in a text as words. */
export const wordsIn = (text: string, names: readonly string[]): readonly string[] => {
  const words = new Set(text.match(/\w+/g) ?? []);
  return names.filter((name) => words.has(name));
};

/** The names of these that an SQL expression holds, text in quotes left out. */
export const namesIn = (expression: string, names: readonly string[]): readonly string[] =>
  wordsIn(expression.replace(/'(?:[^'\\]|\\.)*'/g, ''), names);
