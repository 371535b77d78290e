/**
 * Which names a ClickHouse expression of a contract uses: the columns it depends on and the functions it
 * calls. Good enough for partition and TTL expressions; the server has the last word on syntax.
 */
const sqlWords = [
  'and',
  'or',
  'not',
  'interval',
  'second',
  'minute',
  'hour',
  'day',
  'week',
  'month',
  'quarter',
  'year',
  'delete',
  'where',
  'in',
  'is',
  'null',
  'tuple',
  'between',
  'like',
  'ilike',
  'true',
  'false',
];

export interface ExpressionNames {
  readonly columns: readonly string[];
  readonly functions: readonly string[];
}

/** Columns, each once, and functions as often as they are called; names of SQL's own words are left out. */
export const expressionNames = (expression: string): ExpressionNames => {
  const bare = expression.replaceAll(/'(?:[^'\\]|\\.)*'/g, "''");
  const names = [...bare.matchAll(/`([^`]+)`|([A-Za-z_][A-Za-z0-9_]*)(\s*\()?/g)];
  const functions = names.filter((match) => match[3] !== undefined).map((match) => match[2] ?? '');
  const columns = names
    .filter((match) => match[3] === undefined)
    .map((match) => match[1] ?? match[2] ?? '')
    .filter((name) => !sqlWords.includes(name.toLowerCase()));
  return { columns: [...new Set(columns)], functions };
};

const unstable =
  /^(?:now|now64|nowInBlock|today|yesterday|rand|generate|serverUUID|hostName|timezone$)/i;

/** Functions of the expression whose value is not settled by the row alone. */
export const unstableFunctions = (expression: string): readonly string[] =>
  expressionNames(expression).functions.filter((name) => unstable.test(name));
