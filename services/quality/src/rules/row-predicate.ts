/** The condition of ClickHouse under which a row fails a check of single rows. The same in JavaScript is live/row-failure.ts. */
import { quoteName, quoteText, type RowCheck, type RuleValue } from '@millrace/contracts';

const literal = (value: Exclude<RuleValue, null>): string =>
  typeof value === 'string' ? quoteText(value) : String(value);

const within = (column: string, values: readonly RuleValue[]): string =>
  `${column} IN (${values.map((value) => literal(value as Exclude<RuleValue, null>)).join(', ')})`;

/** Never NULL where null is what fails; elsewhere NULL, which ClickHouse counts as false, is a value that is not judged. */
export const rowPredicate = (check: RowCheck): string => {
  const column = quoteName(check.field);
  switch (check.kind) {
    case 'nullValues':
      return `isNull(${column})`;
    case 'missingValues': {
      const values = check.values.filter((value) => value !== null);
      const parts = [
        ...(check.values.includes(null) ? [`isNull(${column})`] : []),
        ...(values.length > 0 ? [within(column, values)] : []),
      ];
      return `(${parts.join(' OR ')})`;
    }
    case 'invalidValues':
      return check.pattern === undefined
        ? `NOT (${within(
            column,
            check.validValues!.filter((value) => value !== null),
          )})`
        : `NOT match(toString(${column}), ${quoteText(check.pattern)})`;
    case 'range': {
      const bounds = [
        ...(check.min === undefined ? [] : [`${column} >= ${check.min}`]),
        ...(check.max === undefined ? [] : [`${column} <= ${check.max}`]),
      ];
      // Written as what is not within, so that NaN is outside.
      return `NOT (${bounds.join(' AND ')})`;
    }
  }
};
