/** Whether a decoded value fails a check of single rows: as ClickHouse would say by row-predicate.ts, which a test holds it to. */
import {
  heldDecimal,
  heldValueText,
  namedValueText,
  type RowCheck,
  type RuleValue,
  type RuleValueForm,
} from '@millrace/contracts';

type Contains = (value: unknown) => boolean;

/** Whether one of these equals the value; null equals null alone. */
const containedIn = (named: readonly RuleValue[], form: RuleValueForm | undefined): Contains => {
  const hasNull = named.includes(null);
  if (form === undefined) {
    // A long is a bigint where no number holds it; a fraction is equal to none.
    const held = new Set<unknown>([...named, ...named.filter(isWhole).map(BigInt)]);
    return (value) => held.has(value ?? null);
  }
  const texts = new Set(named.map((one) => namedValueText(form, String(one))));
  return (value) =>
    value === null || value === undefined ? hasNull : texts.has(heldValueText(form, value));
};
const isWhole = (value: RuleValue): value is number =>
  typeof value === 'number' && Number.isInteger(value);

/** Of RE2 as ClickHouse runs it: a dot is a line's end, too, and white space is that of ASCII. */
const patternOf = (pattern: string): RegExp => {
  let isInClass = false;
  const text = pattern.replace(/\\[\s\S]|[[\]]/gu, (part) => {
    if (part === '[' || part === ']') isInClass = part === '[';
    if (part === '\\s') return isInClass ? String.raw`\t\n\f\r ` : String.raw`[\t\n\f\r ]`;
    return part === '\\S' && !isInClass ? String.raw`[^\t\n\f\r ]` : part;
  });
  return new RegExp(text, 'su');
};

/** A test of one value; undefined counts as null. Null fails only where null is what is asked for. */
export const rowFailure = (check: RowCheck): ((value: unknown) => boolean) => {
  switch (check.kind) {
    case 'nullValues':
      return (value) => value === null || value === undefined;
    case 'missingValues':
      return containedIn(check.values, check.form);
    case 'invalidValues': {
      if (check.pattern !== undefined) {
        const pattern = patternOf(check.pattern);
        return (value) => typeof value === 'string' && !pattern.test(value);
      }
      const isValid = containedIn(check.validValues!, check.form);
      return (value) => value !== null && value !== undefined && !isValid(value);
    }
    case 'range': {
      const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, form } = check;
      const scale = form?.form === 'decimal' ? form.scale : undefined;
      return (value) => {
        if (value === null || value === undefined) return false;
        const number = scale === undefined ? Number(value) : heldDecimal(value, scale);
        return !(number >= min && number <= max);
      };
    }
  }
};
