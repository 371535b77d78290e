/**
 * The statement that measures several rules in one pass over a table, and how its one row is read. Rules that need a pass of
 * their own (SQL, volume, drift) are not here.
 */
import { isRowCheck, type QualityRule, quoteName, type RuleCheck } from '@millrace/contracts';
import { rowPredicate } from './row-predicate.ts';

/** What a look at the table found. */
export interface Measurement {
  /** In the rule's unit; null when there is nothing to measure. */
  readonly measured: number | null;
  readonly rowsChecked: number | null;
  readonly rowsFailed: number | null;
  /** Why there is nothing to measure, or what else a person should know. */
  readonly note?: string;
}

export interface Scan {
  readonly statement: string;
  /** By the id of the rule. */
  read(row: Readonly<Record<string, unknown>>): ReadonlyMap<string, Measurement>;
}

/** True of a rule that is measured together with others. */
export const isScanned = ({ check }: QualityRule): boolean =>
  isRowCheck(check) || ['duplicateValues', 'rowCount', 'freshness'].includes(check.kind);

/** Rows that repeat the values of another; where one is null there is nothing to compare. */
const duplicates = (fields: readonly string[]): string => {
  const columns = fields.map(quoteName);
  const isThere = columns.map((column) => `isNotNull(${column})`).join(' AND ');
  return `countIf(${isThere}) - uniqExactIf((${columns.join(', ')}), ${isThere})`;
};

const expression = (check: RuleCheck): string => {
  if (isRowCheck(check)) return `countIf(${rowPredicate(check)})`;
  if (check.kind === 'duplicateValues') return duplicates(check.fields);
  if (check.kind === 'freshness')
    return `if(count() = 0, NULL, (toUnixTimestamp64Milli(now64(3)) - toUnixTimestamp64Milli(toDateTime64(max(${quoteName(check.column)}), 3))) / 1000)`;
  return 'count()';
};

const nothing = { measured: null, note: 'There are no rows.' } as const;

const measurementOf = ({ check, unit }: QualityRule, rows: number, value: unknown): Measurement => {
  const found = value === null || value === undefined ? null : Number(value);
  if (check.kind === 'freshness') {
    const counts = { rowsChecked: rows, rowsFailed: null };
    return found === null ? { ...nothing, ...counts } : { measured: found, ...counts };
  }
  if (check.kind === 'rowCount') return { measured: rows, rowsChecked: rows, rowsFailed: null };
  const failed = found ?? 0;
  const counts = { rowsChecked: rows, rowsFailed: failed };
  if (unit !== 'percent') return { measured: failed, ...counts };
  return rows === 0 ? { ...nothing, ...counts } : { measured: (failed / rows) * 100, ...counts };
};

/**
 * @param source quoted name of what is read
 * @param where a condition with parameters, when not all rows are looked at
 */
export const scanStatement = (
  rules: readonly QualityRule[],
  source: string,
  where?: string,
): Scan => ({
  statement: [
    `SELECT count() AS rows, ${rules.map(({ check }, index) => `${expression(check)} AS r${index}`).join(', ')}`,
    `FROM ${source}`,
    ...(where === undefined ? [] : [`WHERE ${where}`]),
  ].join(' '),
  read: (row) =>
    new Map(
      rules.map((rule, index) => [
        rule.id,
        measurementOf(rule, Number(row['rows'] ?? 0), row[`r${index}`]),
      ]),
    ),
});
