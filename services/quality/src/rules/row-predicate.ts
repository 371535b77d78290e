/** The condition of ClickHouse under which a row fails a check of single rows. The same in JavaScript is live/row-failure.ts. */
import {
  namedValueText,
  quoteName,
  quoteText,
  type RowCheck,
  type RuleValue,
  type RuleValueForm,
} from '@millrace/contracts';

/** A time as a moment: a column may show it in another zone than the one that it was written in. */
const literal = (value: RuleValue, form: RuleValueForm | undefined): string => {
  if (typeof value !== 'string') return String(value);
  const text = form && namedValueText(form, value);
  if (form === undefined || text === undefined) return quoteText(value);
  if (form.form === 'time') return text;
  if (form.form === 'timestamp')
    return `fromUnixTimestamp64${form.units === 1_000 ? 'Milli' : 'Micro'}(${text})`;
  return quoteText(form.form === 'uuid' ? text : value);
};

const within = (column: string, values: readonly RuleValue[], form?: RuleValueForm): string =>
  `${column} IN (${values.map((value) => literal(value, form)).join(', ')})`;

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
        ...(values.length > 0 ? [within(column, values, check.form)] : []),
      ];
      return `(${parts.join(' OR ')})`;
    }
    case 'invalidValues':
      return check.pattern === undefined
        ? `NOT (${within(
            column,
            check.validValues!.filter((value) => value !== null),
            check.form,
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
